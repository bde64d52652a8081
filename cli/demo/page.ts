// The page of a Genesis that is in a network of its own, for a browser on this computer: without any address
// or route on the host, so that nothing of it can clash with the user's own network.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';
import { HTTP_PORT } from '../../test/e2e/inventory.ts';
import { GENESIS, type Lan } from '../../test/e2e/lan.ts';
import { startProgram } from '../../test/e2e/program.ts';
import type { Scene } from '../../test/e2e/scene.ts';

const RELAY = join(import.meta.dirname, 'relay.ts');

/**
 * Listens on loopback until the scene closes.
 * @param sockets folder whose path is short, as socket paths must be
 * @param port 0: any free one
 * @returns the page's URL
 * @throws {UserError} if the port is in use
 */
export async function openPage(
  scene: Scene,
  lan: Lan,
  sockets: string,
  port: number,
): Promise<string> {
  const path = join(sockets, 'page');
  const bound = await listen(scene, path, port);
  const words = lan.inside([process.execPath, RELAY, path, GENESIS, String(HTTP_PORT)]);
  const relay = startProgram('relay', words, join(scene.logs, 'relay.log'));
  scene.defer(() => relay.stop());
  await relay.said.waitFor(/^ready$/m, 30);
  return `http://localhost:${bound}`;
}

async function listen(scene: Scene, path: string, port: number): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer((far) => {
    const near = connect(path);
    for (const [one, other] of [
      [far, near],
      [near, far],
    ] as const) {
      open.add(one);
      one.on('error', () => other.destroy()).on('close', () => other.destroy() && open.delete(one));
    }
    far.pipe(near).pipe(far);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening').catch((cause) => {
    throw new UserError(
      `demo: port ${port} of this computer cannot be used for the page (${cause.code})\n  hint: take another with --port`,
      { cause },
    );
  });
  scene.defer(async () => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}
