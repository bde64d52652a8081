// A kernel started by QEMU itself, its initrds joined already, in seconds.
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

/** Seconds within which such a boot ends; it takes two or three, a whole initrd more. */
const SECONDS = 120;

export interface Trial {
  /** Its logs are under this name. */
  readonly name: string;
  readonly kernel: string;
  readonly initrd: Uint8Array;
}

/** What /homepbp/init told, line by line; undefined where it was not there and the kernel panicked. */
export type Told = readonly string[] | undefined;

/** @throws when the boot neither ends nor panics in time */
export async function tryKernel(scene: Scene, { name, kernel, initrd }: Trial): Promise<Told> {
  const path = join(scene.scratch, `${name}.initrd`);
  const serial = join(scene.logs, `${name}.ttyS1`);
  await writeFile(path, initrd);
  const words = [
    ...['qemu-system-x86_64', '-accel', 'tcg', '-cpu', 'max', '-m', '512', '-no-reboot'],
    ...['-nodefaults', '-nographic', '-serial', 'stdio', '-serial', `file:${serial}`],
    ...['-kernel', kernel, '-initrd', path],
    ...['-append', 'rdinit=/homepbp/init console=ttyS0 panic=1'],
  ];
  const qemu = startProgram(name, words, join(scene.logs, `${name}.log`));
  scene.defer(() => qemu.stop());
  await qemu.said.waitFor(/reboot: Power down|Kernel panic - .*/, SECONDS);
  await qemu.stop();
  const told = await readFile(serial, 'utf8');
  return /^LAYER begin\n([\s\S]*)\nLAYER end$/m.exec(told)?.[1]?.split('\n');
}
