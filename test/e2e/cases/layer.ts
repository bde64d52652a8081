// HomePBP's layer as it is in memory: a plain archive in front of the system's initrd. Whatever that one
// is packed with and however a loader joins the two, the kernel unpacks both, and still finds microcode.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CpioEntry, packCpio } from '../../../build/cpio.ts';
import { earlyArchive, joinInitrds, joinings, pack, secondInitrds } from '../layer/archives.ts';
import { type Told, type Trial, tryKernel } from '../layer/kernel.ts';
import { type Kernel, otherKernel } from '../layer/kernels.ts';
import type { Scene } from '../scene.ts';

const INIT = join(import.meta.dirname, '..', 'layer', 'init');
/** Boots at a time; each has one processor. */
const AT_ONCE = 2;
const FOUND_EARLY = 'log table found in initrd [kernel/firmware/acpi/e2e.aml][0x36]';
const TRAPPED = "log E2E: the initrd's own usr/bin/sh was run";

interface Boot extends Trial {
  /** @throws when the boot did not show what it should */
  readonly check: (told: Told) => void;
}

/** @returns seconds that all boots took */
export async function layer(scene: Scene): Promise<number> {
  const files = await ourFiles(scene);
  const kernels = [{ suite: 'bookworm', path: scene.image.kernel }, await otherKernel()];
  const boots = [
    ...(await controls(scene, kernels, files)),
    ...(await matrix(scene, kernels, files)),
    ...(await wholeInitrds(scene, files)),
  ];
  const started = performance.now();
  const faults = await runBoots(scene, boots);
  const seconds = (performance.now() - started) / 1000;
  process.stdout.write(`  ${boots.length} boots, ${faults.length} of them wrong\n`);
  assert.deepEqual(faults, []);
  return seconds;
}

async function ourFiles({ image }: Scene): Promise<CpioEntry[]> {
  return [
    { path: 'homepbp/bin/busybox', mode: 0o755, content: await readFile(image.busybox) },
    { path: 'homepbp/init', mode: 0o755, content: await readFile(INIT) },
    { path: 'homepbp/other', mode: 0o644, content: Buffer.from('ours\n') },
  ];
}

/** What `init` prints when all our files are present and unchanged. */
function linesOf(files: readonly CpioEntry[]): string[] {
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  return files.map(({ path, content }) => `ours ${hash(content)}  /${path}`);
}

/** Every kernel × packing × join. */
async function matrix(
  scene: Scene,
  kernels: readonly Kernel[],
  files: readonly CpioEntry[],
): Promise<Boot[]> {
  const ours = packCpio(files);
  return (await secondInitrds(scene.scratch)).flatMap((second) => {
    const names = second.files.map((name) => `second ${name}`);
    const check = checkLayer(files, ...names, ...(second.early ? [FOUND_EARLY] : []));
    return joinings([ours, second.bytes]).flatMap(([join, initrd]) =>
      kernels.map(({ suite, path }) => {
        return { name: `${suite}, ${second.name}, ${join}`, kernel: path, initrd, check };
      }),
    );
  });
}

/** @throws unless all of our files were told as ours, and the others' were told, no more */
const checkLayer =
  (files: readonly CpioEntry[], ...others: readonly string[]) =>
  (told: Told) =>
    assert.deepEqual(told?.toSorted(), [...linesOf(files), ...others].toSorted());

/** What must fail, to prove that the boots above can. */
async function controls(
  scene: Scene,
  kernels: readonly Kernel[],
  files: readonly CpioEntry[],
): Promise<Boot[]> {
  const ours = packCpio(files);
  const theirs = { path: 'homepbp/other', mode: 0o644, content: Buffer.from('theirs\n') };
  const mixed = [...files.filter(({ path }) => path !== theirs.path), theirs];
  const lz4 = await pack(scene.scratch, 'lz4');
  return kernels.flatMap(({ suite, path }) => [
    {
      name: `${suite}, control: lz4 first`,
      kernel: path,
      initrd: joinInitrds([lz4, ours], 1),
      check: (told) => assert.equal(told, undefined, 'the layer is not unpacked'),
    },
    {
      name: `${suite}, control: a later archive has a file of ours`,
      kernel: path,
      initrd: joinInitrds([ours, packCpio([theirs])], 1),
      check: checkLayer(mixed),
    },
    {
      name: `${suite}, control: early archive at an odd place`,
      kernel: path,
      initrd: joinInitrds([ours, new Uint8Array(2), earlyArchive()], 1),
      check: checkLayer(files),
    },
  ]);
}

/**
 * The image's own initrds: nothing in them is where our files are, and what we need of them runs. The
 * rest of Ubuntu's tells that it was run, which no other case may see.
 */
async function wholeInitrds({ image }: Scene, files: readonly CpioEntry[]): Promise<Boot[]> {
  const initrds = { 'initramfs-tools': image.initrd, ...image.initrds };
  const boots = Object.entries(initrds).map(async ([name, path]): Promise<Boot> => {
    const shell = name === 'ubuntu' ? TRAPPED : 'runs /bin/sh';
    return {
      name: `whole initrd, ${name}`,
      kernel: image.kernel,
      initrd: joinInitrds([packCpio(files), await readFile(path)], 1),
      check: checkLayer(files, 'runs /bin/udevadm', 'runs /sbin/modprobe', shell),
    };
  });
  return Promise.all(boots);
}

/** Runs them, some at a time, and notes each. @returns what was wrong */
async function runBoots(scene: Scene, boots: readonly Boot[]): Promise<string[]> {
  const waiting = [...boots];
  const notes: string[] = [];
  const faults: string[] = [];
  const work = async () => {
    for (let boot = waiting.shift(); boot !== undefined; boot = waiting.shift()) {
      const fault = await runBoot(scene, boot);
      notes.push(`${fault === undefined ? 'ok   ' : 'WRONG'} ${boot.name}\n`);
      if (fault !== undefined) faults.push(`${boot.name}: ${fault}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await writeFile(join(scene.logs, 'boots.txt'), notes.toSorted().join(''));
  return faults;
}

async function runBoot(scene: Scene, boot: Boot): Promise<string | undefined> {
  const name = boot.name.replaceAll(/[ ,:+]+/g, '-');
  try {
    boot.check(await tryKernel(scene, { ...boot, name }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
