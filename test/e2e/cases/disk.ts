// The node's own disk, in machines that boot the small root: which one it takes, and which it never
// touches.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, serveDist } from '../genesis.ts';
import { inventoryText, NODE, smallOs } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { type Disk, powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall, type SmallReport } from '../small.ts';

const GB = 1_000_000_000;
const MIB = 1024 ** 2;
const SERVER = { disk: 'auto', role: 'server' } as const;

/** A network with a Genesis that serves one node, and its boots. */
interface Bench {
  readonly lan: Lan;
  /** Powers the node on with these disks and gives what the small root reports. */
  boot(disks: readonly Disk[]): Promise<SmallReport>;
  /** Builds the node's files anew. */
  becomes(settings: object): Promise<void>;
}

async function openBench(scene: Scene, settings: object = SERVER): Promise<Bench> {
  const becomes = async (more: object) => {
    const text = inventoryText(smallOs(scene.scratch, scene.image), more);
    await buildInventory(scene, text);
  };
  await becomes(settings);
  const lan = await openLan(scene);
  await serveDist(scene, lan, join(scene.scratch, 'dist'));
  await startDhcp(scene, lan);
  return {
    lan,
    becomes,
    async boot(disks) {
      const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disks });
      return awaitSmall(scene, machine);
    },
  };
}

/** A blank raw image. */
export async function blankDisk(scene: Scene, name: string, bytes: number): Promise<string> {
  const path = join(scene.scratch, `${name}.img`);
  await writeFile(path, '');
  await truncate(path, bytes);
  return path;
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: MIB }), hash);
  return hash.digest('hex');
}

/** Ours of 4 GB beside a new blank one of 8 GB, in both orders of appearance. */
export async function diskChoice(scene: Scene): Promise<number> {
  const bench = await openBench(scene);
  const ours = await blankDisk(scene, 'ours', 4 * GB);
  const blank = await blankDisk(scene, 'blank', 8 * GB);
  const before = await hashOf(blank);
  const made = await bench.boot([{ path: ours }]);
  assert.deepEqual([made.disk.state, made.disk.device], ['mounted', '/dev/vda4']);
  assert.deepEqual(made.marks, { whole: 1, damaged: 0 });
  const first = await bench.boot([{ path: ours }, { path: blank }]);
  assert.deepEqual([first.disk.device, first.disk.uuid], ['/dev/vda4', made.disk.uuid]);
  const second = await bench.boot([{ path: blank }, { path: ours }]);
  assert.deepEqual([second.disk.device, second.disk.uuid], ['/dev/vdb4', made.disk.uuid]);
  assert.deepEqual(second.marks, { whole: 3, damaged: 0 });
  assert.equal(await hashOf(blank), before);
  return made.seconds;
}
