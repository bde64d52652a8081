// The one order that a running demo takes from a second command: to cut the power. It goes through a socket that
// only root can reach, and what comes back is what the demo says meanwhile.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { UserError } from '../../messages/user-error.ts';
import type { Scene } from '../../test/e2e/scene.ts';

export type Say = (line: string) => void;

const ORDER = 'power-cut';

/** A line of the answer, as JSON. The last one has `failed`: why; null if all went well. */
type Answer = { readonly say: string } | { readonly failed: string | null };

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
  const send = (line: Answer) => void socket.write(`${JSON.stringify(line)}\n`);
  const failed = await powerCut((say) => send({ say })).then(
    () => null,
    (error: Error) => error.message,
  );
  send({ failed });
  socket.end();
}

/**
 * Gives the order to a demo that runs, and passes on what it says.
 * @returns false if none runs
 * @throws {UserError} if it refuses or ends meanwhile, or the same cluster did not come back
 */
export async function orderPowerCut(path: string, say: Say): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
  } catch {
    return false;
  }
  socket.on('error', () => {}).write(`${ORDER}\n`);
  for await (const line of createInterface(socket)) {
    const said = JSON.parse(line) as Answer;
    if ('say' in said) say(said.say);
    else if (said.failed === null) return true;
    else throw new UserError(`demo: ${said.failed}`);
  }
  throw new UserError('demo: the running demo has ended meanwhile');
}
