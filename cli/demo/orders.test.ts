// The order to a running demo, and the way to its page.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NO_IMAGE } from '../../test/e2e/image.ts';
import { openScene } from '../../test/e2e/scene.ts';
import { orderPowerCut, takeOrders } from './orders.ts';

async function sceneOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-demo-test-'));
  const scene = await openScene(NO_IMAGE, join(folder, 'logs'));
  t.after(async () => {
    await scene.close();
    await rm(folder, { recursive: true });
  });
  return scene;
}

test('an order goes to the running demo, and what it says comes back', async (t) => {
  const scene = await sceneOf(t);
  const path = join(scene.scratch, 'orders');
  await takeOrders(scene, path, async (say) => say('the plug is pulled'));
  const said: string[] = [];
  assert.equal(await orderPowerCut(path, (line) => said.push(line)), true);
  assert.deepEqual(said, ['the plug is pulled']);
});

test('an order that fails, or that the demo does not live to see done, is an error', async (t) => {
  const scene = await sceneOf(t);
  const path = join(scene.scratch, 'orders');
  const told = Promise.withResolvers<void>();
  let orders = 0;
  await takeOrders(scene, path, async (say) => {
    orders += 1;
    if (orders === 1) throw new Error('another\ncluster');
    say('begun');
    await told.promise;
  });
  const refused = orderPowerCut(path, () => assert.fail('nothing is said'));
  await assert.rejects(refused, /^UserError: demo: another\ncluster$/);
  const cut = orderPowerCut(path, () => void scene.close());
  await assert.rejects(cut, /has ended meanwhile/);
  told.resolve();
});

test('nobody takes orders: false', async (t) => {
  const scene = await sceneOf(t);
  assert.equal(await orderPowerCut(join(scene.scratch, 'none'), () => {}), false);
});

test('the relay passes connections on from a socket', async (t) => {
  const scene = await sceneOf(t);
  const server = createServer((socket) => socket.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as { port: number };
  const path = join(scene.scratch, 'page');
  const relay = join(import.meta.dirname, 'relay.ts');
  const child = spawn(process.execPath, [relay, path, '127.0.0.1', String(port)]);
  t.after(() => child.kill());
  await once(child.stdout, 'data');
  const socket = connect(path).setEncoding('utf8');
  assert.equal(await socket.toArray().then((chunks) => chunks.join('')), 'hello');
});
