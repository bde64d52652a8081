import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { openBroadcasters } from './broadcasters.ts';

async function connected(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  socket.connect(9, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

test('while a new address is being bound, no offer goes to one that has been left', async (t) => {
  const { promise: found, resolve: find } = Promise.withResolvers<void>();
  const binding = Promise.withResolvers<void>();
  const bind = async (address: string) => {
    if (address === 'new') {
      binding.resolve();
      await found;
    }
    return connected();
  };
  const broadcasters = openBroadcasters(bind, () => {});
  t.after(() => broadcasters.close());
  const networks = broadcasters.all;
  await broadcasters.follow(['old', 'kept']);
  const following = broadcasters.follow(['kept', 'new']);
  await binding.promise;
  assert.deepEqual([...networks.keys()], ['kept']);
  for (const network of networks.values()) network.broadcast(Buffer.of(1));
  find();
  await following;
  assert.deepEqual([...networks.keys()], ['kept', 'new']);
});
