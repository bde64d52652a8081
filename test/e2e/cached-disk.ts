// A disk whose cache is lost with the power: after each run of the machine, the image holds what the
// guest had flushed, and of the rest only some. QEMU alone would keep all of it in the host's cache.
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blankDisk } from './disk-image.ts';
import type { Disk } from './machine.ts';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';
import { applyCut, type Cut, visitFlushes } from './write-log.ts';

export interface CachedDisk {
  /** A raw image: what is on the disk without power. */
  readonly image: string;
  /** For the machine's next run. */
  powerOn(): Promise<Disk>;
  /** Before `powerOff`: shows a copy of the image as it was at each flush of this run, in order. */
  visitFlushes(visit: (image: string) => Promise<unknown>): Promise<number>;
  /** After the machine was killed, or powered itself off. `keep` says it of each piece. */
  powerOff(keep: () => boolean): Promise<Cut>;
}

/** A blank one. */
export async function cachedDisk(scene: Scene, bytes: number): Promise<CachedDisk> {
  const image = await blankDisk(scene, 'cached', bytes);
  const [run, log] = ['run.qcow2', 'writes.log'].map((name) => join(scene.scratch, name)) as [
    string,
    string,
  ];
  return {
    image,
    async powerOn() {
      await writeFile(log, '');
      await runProgram(['qemu-img', 'create', '-q', '-f', 'qcow2', '-F', 'raw', '-b', image, run]);
      return { path: run, log };
    },
    async visitFlushes(visit) {
      const copy = join(scene.scratch, 'copy.img');
      await runProgram(['cp', '--sparse=always', image, copy]);
      const flushes = await visitFlushes(log, copy, () => visit(copy));
      await rm(copy);
      return flushes;
    },
    async powerOff(keep) {
      const cut = await applyCut(log, image, keep);
      await Promise.all([run, log].map((path) => rm(path)));
      return cut;
    },
  };
}
