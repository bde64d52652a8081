// The image that test machines boot: made once, kept in the cache under the hash of its recipe.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { hostAptOptions, hostAptSources } from './apt.ts';
import { runProgram } from './program.ts';

const RECIPE = join(import.meta.dirname, 'image');
const SMALL_RECIPE = join(import.meta.dirname, 'small-root');
/** The Debian of the image, and of the host's programs that are copied into it. */
export const SUITE = 'bookworm';
/** If it is killed, its processes and mounts end with it. */
const ALONE = ['unshare', '--mount-proc', '--pid', '--fork', '--kill-child'];

/** Other initrds of the image's kernel: as Ubuntu's are (image/ubuntu-initrd.sh), and made by dracut. */
export const SHAPES = ['ubuntu', 'dracut'] as const;
export type Shape = (typeof SHAPES)[number];

export interface TestImage {
  readonly kernel: string;
  /** Made by Debian's initramfs-tools, or of the shape that the case is run with (shapes.ts). */
  readonly initrd: string;
  readonly initrds: Readonly<Record<Shape, string>>;
  /** A static busybox. */
  readonly busybox: string;
  /** A squashfs without kernel package and without /lib/modules. */
  readonly rootfs: string;
  /** A folder with the kernel's package. */
  readonly modules: string;
  /** A folder with GRUB's packages. */
  readonly grub: string;
  /** A squashfs with a few programs and an init that reports and powers off (small.ts). */
  readonly small: string;
}

/** For cases that boot no machine. */
export const NO_IMAGE: TestImage = {
  kernel: '',
  initrd: '',
  initrds: { ubuntu: '', dracut: '' },
  busybox: '',
  rootfs: '',
  modules: '',
  grub: '',
  small: '',
};

/**
 * The test image in `cache`, built first if the recipe has changed (about a minute, and the apt
 * mirror that the host itself uses). `cache/image` is a link to it.
 */
export async function ensureImage(cache: string): Promise<TestImage> {
  const name = await imageName();
  const folder = join(cache, name);
  await mkdir(cache, { recursive: true });
  if (!existsSync(folder)) await buildImage(folder);
  const small = join(folder, `small-${await hashFolder(SMALL_RECIPE)}.squashfs`);
  if (!existsSync(small)) {
    const words = ['sh', join(SMALL_RECIPE, 'recipe.sh'), small, join(folder, 'rootfs.squashfs')];
    await runProgram(words, { seconds: 300 });
  }
  const link = join(cache, 'image');
  await symlink(name, `${link}.${process.pid}`);
  await rename(`${link}.${process.pid}`, link);
  const inside = (file: string) => join(folder, file);
  return {
    kernel: inside('vmlinuz'),
    initrd: inside('initrd'),
    initrds: { ubuntu: inside('initrd-ubuntu'), dracut: inside('initrd-dracut') },
    busybox: inside('busybox'),
    rootfs: inside('rootfs.squashfs'),
    modules: inside('modules'),
    grub: inside('grub'),
    small,
  };
}

async function imageName(): Promise<string> {
  return `${SUITE}-${await hashFolder(RECIPE)}`;
}

/** Whether the test image is in `cache`. */
export async function hasImage(cache: string): Promise<boolean> {
  return existsSync(join(cache, await imageName()));
}

async function buildImage(folder: string): Promise<void> {
  process.stdout.write(`building the test image ${folder}\n`);
  const work = `${folder}.${process.pid}`;
  const options = `${work}.apt.conf`;
  try {
    await writeFile(options, await hostAptOptions());
    const words = ['sh', join(RECIPE, 'recipe.sh'), work, ...(await hostAptSources(SUITE))];
    await runProgram([...ALONE, ...words], { seconds: 1200, env: { APT_OPTIONS: options } });
    await rename(work, folder);
  } finally {
    // What was killed may still be ending.
    await rm(work, { recursive: true, force: true, maxRetries: 10 });
    await rm(options, { force: true });
  }
}

/** The first 12 hex digits of a hash over the names and bytes of a folder's files. */
async function hashFolder(folder: string): Promise<string> {
  const hash = createHash('sha256');
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  for (const path of files.map((file) => join(file.parentPath, file.name)).sort()) {
    const bytes = await readFile(path);
    hash.update(`${relative(folder, path)}\0${bytes.length}\0`).update(bytes);
  }
  return hash.digest('hex').slice(0, 12);
}
