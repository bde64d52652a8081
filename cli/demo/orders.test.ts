// The order to a running demo, the way to its page, and what is left of it.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NO_IMAGE } from '../../test/e2e/image.ts';
import { openScene } from '../../test/e2e/scene.ts';
import { below, killDescendants } from './descendants.ts';
import { empty, folderAt, readKept, tidy, writeKept, writeOrders } from './folder.ts';
import { orderPowerCut, takeOrders } from './orders.ts';

async function sceneOf(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-demo-test-'));
  const scene = await openScene(NO_IMAGE, join(folder, 'logs'));
  t.after(async () => {
    await scene.close();
    await rm(folder, { recursive: true });
  });
  return { scene, folder };
}

test('an order goes to the running demo, and what it says comes back', async (t) => {
  const { scene } = await sceneOf(t);
  const path = join(scene.scratch, 'orders');
  await takeOrders(scene, path, async (say) => say('the plug is pulled'));
  const said: string[] = [];
  assert.equal(await orderPowerCut(path, (line) => said.push(line)), true);
  assert.deepEqual(said, ['the plug is pulled']);
});

test('an order that fails, or that the demo does not live to see done, is an error', async (t) => {
  const { scene } = await sceneOf(t);
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
  const { scene } = await sceneOf(t);
  assert.equal(await orderPowerCut(join(scene.scratch, 'none'), () => {}), false);
});

test('the relay passes connections on from a socket', async (t) => {
  const { scene } = await sceneOf(t);
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

test('all processes below one, and no others', () => {
  const parents = new Map([
    [2, 1],
    [3, 2],
    [4, 3],
    [5, 1],
  ]);
  assert.deepEqual(below(2, parents), [3, 4]);
});

test('what programs have started is killed with them', { timeout: 60_000 }, async () => {
  const child = spawn('sh', ['-c', 'sleep 600 & echo; wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  await once(child.stdout, 'data');
  killDescendants();
  // Its output is only closed once sleep has ended, too.
  const [, signal] = await once(child, 'close');
  assert.equal(signal, 'SIGKILL');
});

test('a demo that ends without a cluster leaves nothing; one with a cluster, its disks and the key to them', async (t) => {
  const { folder: path } = await sceneOf(t);
  const folder = folderAt(join(path, 'demo'));
  const begin = async () => {
    await empty(folder);
    for (const name of ['shelf-1.img', 'person', 'person.pub', 'nodes.yaml'])
      await writeFile(join(folder.work, name), '');
    await writeOrders(folder, '/nowhere');
  };
  await begin();
  await tidy(folder, false);
  assert.deepEqual(await readdir(path), ['logs']);
  await begin();
  const kept = { system: { kind: 'stand-in' }, machines: 1, cluster: '42' } as const;
  await writeKept(folder, kept);
  await tidy(folder, false);
  assert.deepEqual((await readdir(folder.path)).sort(), ['kept.json', 'work']);
  assert.deepEqual((await readdir(folder.work)).sort(), ['person', 'person.pub', 'shelf-1.img']);
  assert.deepEqual(await readKept(folder), kept);
});
