// Genesis: `./homepbp build` on the test's inventory, and `./homepbp serve` on the LAN.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mirrors } from '../../fetch/sources/source.ts';
import { customOs, HTTP_PORT, inventoryText } from './inventory.ts';
import { GENESIS, type Lan } from './lan.ts';
import type { Disk } from './machine.ts';
import { type Running, runProgram, startProgram } from './program.ts';
import type { Scene } from './scene.ts';
import type { Transcript } from './transcript.ts';

export const HOMEPBP = join(import.meta.dirname, '..', '..', 'homepbp');

/** Builds a tree that boots the test image, and gives its folder. */
export function buildDist(scene: Scene): Promise<string> {
  return buildInventory(scene, inventoryText(customOs(scene.scratch, scene.image)));
}

/** Builds the tree of an inventory, and gives its folder. @param flags over those of the scene's folder */
export async function buildInventory(
  scene: Scene,
  text: string,
  flags: readonly string[] = [],
): Promise<string> {
  await writeFile(join(scene.scratch, 'nodes.yaml'), text);
  await runProgram([HOMEPBP, 'build', ...projectFlags(scene), ...flags], { seconds: 120 });
  return join(scene.scratch, 'dist');
}

/** Copies the tree, built for a base URL, to a folder. */
export async function exportDist(scene: Scene, folder: string, url: string): Promise<void> {
  const words = [HOMEPBP, 'export', folder, '--url', url, ...projectFlags(scene)];
  await runProgram(words, { seconds: 120 });
}

/** Makes the boot stick of the inventory that was built last. */
export async function makeStick(scene: Scene, flags: readonly string[] = []): Promise<Disk> {
  const path = join(scene.scratch, 'stick.img');
  const project = projectFlags(scene, ['inventory', 'media']);
  await runProgram([HOMEPBP, 'usb', path, ...project, ...flags], { seconds: 60 });
  return { path, bus: 'usb' };
}

type ProjectPath = 'inventory' | 'out' | 'media';

function projectFlags(
  { scratch }: Scene,
  names: readonly ProjectPath[] = ['inventory', 'out', 'media'],
): string[] {
  const paths = { inventory: 'nodes.yaml', out: 'dist', media: 'media' };
  return names.flatMap((name) => [`--${name}`, join(scratch, paths[name])]);
}

/** Serves a tree on the LAN until the scene closes; gives the server's log. */
export async function serveDist(...args: Parameters<typeof startServe>): Promise<Transcript> {
  return (await startServe(...args)).said;
}

/** The same, and gives the server itself. */
export async function startServe(
  scene: Scene,
  lan: Lan,
  dist: string,
  httpPort: number = HTTP_PORT,
  more: readonly string[] = [],
): Promise<Running> {
  const words = ['serve', '--dist', dist, ...servingFlags(scene, httpPort), ...more];
  return startServer(scene, lan, words);
}

/** `./homepbp start` on the LAN: builds the project, serves it, and fetches from these mirrors. */
export async function startFetching(scene: Scene, lan: Lan, mirrors: Mirrors): Promise<Running> {
  const elsewhere = Object.entries(mirrors).flatMap(([name, url]) => [
    '--mirror',
    `${name}=${url}`,
  ]);
  const words = ['start', '--fetch', ...projectFlags(scene), ...servingFlags(scene, HTTP_PORT)];
  return startServer(scene, lan, [...words, ...elsewhere]);
}

function servingFlags({ scratch }: Scene, httpPort: number): string[] {
  const flags = {
    host: GENESIS,
    'http-port': String(httpPort),
    'tftp-port': '69',
    state: join(scratch, 'state'),
  };
  return Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
}

async function startServer(scene: Scene, lan: Lan, words: readonly string[]): Promise<Running> {
  const [name = ''] = words;
  const command = lan.inside([HOMEPBP, ...words]);
  const server = startProgram(`homepbp ${name}`, command, join(scene.logs, `${name}.log`));
  scene.defer(() => server.stop());
  await server.said.waitFor(new RegExp(`^ready http=${GENESIS}:\\d+ tftp=${GENESIS}:69$`, 'm'), 30);
  return server;
}
