// Genesis: `./homepbp build` on the test's inventory, and `./homepbp serve` on the LAN.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HTTP_PORT, inventoryText } from './inventory.ts';
import { GENESIS, type Lan } from './lan.ts';
import { runProgram, startProgram } from './program.ts';
import type { Scene } from './scene.ts';
import type { Transcript } from './transcript.ts';

const HOMEPBP = join(import.meta.dirname, '..', '..', 'homepbp');

/** Builds the tree and gives its folder. */
export async function buildDist(scene: Scene): Promise<string> {
  const inside = (name: string) => join(scene.scratch, name);
  await writeFile(inside('nodes.yaml'), inventoryText(scene.scratch, scene.image));
  const paths = { inventory: inside('nodes.yaml'), out: inside('dist'), media: inside('media') };
  const flags = Object.entries(paths).flatMap(([flag, path]) => [`--${flag}`, path]);
  await runProgram([HOMEPBP, 'build', ...flags], { seconds: 120 });
  return paths.out;
}

/** Serves a tree on the LAN until the scene closes; gives the server's log. */
export async function serveDist(
  scene: Scene,
  lan: Lan,
  dist: string,
  httpPort: number = HTTP_PORT,
  more: readonly string[] = [],
): Promise<Transcript> {
  const flags = {
    dist,
    host: GENESIS,
    'http-port': String(httpPort),
    'tftp-port': '69',
    state: join(scene.scratch, 'state'),
  };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const command = lan.inside([HOMEPBP, 'serve', ...words, ...more]);
  const server = startProgram('homepbp serve', command, join(scene.logs, 'serve.log'));
  scene.defer(() => server.stop());
  await server.said.waitFor(new RegExp(`^ready http=${GENESIS}:\\d+ tftp=${GENESIS}:69$`, 'm'), 30);
  return server.said;
}
