// The one order that a running demo takes from a second command: to cut the power. It goes through a socket that
// only root can reach, and what comes back is what the demo says meanwhile.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { UserError } from '../../messages/user-error.ts';
import type { Scene } from '../../test/e2e/scene.ts';

export type Say = (line: string) => void;

const ORDER = 'power-cut';
/** The last line: whether it worked. */
const DONE = { ok: '= ok', failed: '= failed' } as const;

/** Takes orders until the scene closes. @param powerCut tells how it goes; rejects when it fails */
export async function takeOrders(
  scene: Scene,
  path: string,
  powerCut: (say: Say) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>();
  const server = createServer((socket) => {
    open.add(socket);
    socket.on('error', () => {}).on('close', () => open.delete(socket));
    createInterface(socket).once('line', (line) => {
      if (line === ORDER) void answer(socket, powerCut);
      else socket.destroy();
    });
  });
  server.listen(path);
  await once(server, 'listening');
  scene.defer(async () => {
    server.close();
    for (const socket of open) socket.destroy();
  });
}

async function answer(socket: Socket, powerCut: (say: Say) => Promise<void>): Promise<void> {
  const say: Say = (line) => void socket.write(`${line}\n`);
  try {
    await powerCut(say);
    say(DONE.ok);
  } catch (error) {
    say((error as Error).message);
    say(DONE.failed);
  }
  socket.end();
}

/**
 * Gives the order to a demo that runs, and passes on what it says.
 * @returns false if none runs
 * @throws {UserError} if it ends meanwhile, or the same cluster did not come back
 */
export async function orderPowerCut(path: string, say: Say): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch {
    return false;
  }
  socket.write(`${ORDER}\n`);
  socket.on('error', () => {});
  let last = '';
  for await (const line of createInterface(socket)) {
    last = line;
    if (line !== DONE.ok && line !== DONE.failed) say(line);
  }
  if (last === DONE.ok) return true;
  throw new UserError(
    last === DONE.failed
      ? 'demo: the power cut did not end well; the running demo says more'
      : 'demo: the running demo has ended meanwhile',
  );
}
