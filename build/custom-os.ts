// `os.custom`: the user's own kernel, initrd, root image and modules. They are copied into
// media/custom/ under their hashes (as copy-on-write clones where the file system can), so that a
// built tree keeps its bytes while the user makes the next image.
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Arch } from '../contract/inventory.ts';
import { publishedName } from '../contract/paths.ts';
import { reasonOf } from './build-errors.ts';
import { readOwnBusybox } from './busybox.ts';
import { contentProblem } from './custom-content.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import type { Asset } from './media.ts';
import { MediaStore } from './media-store.ts';
import { findModuleTree, packModules } from './modules-tar.ts';
import { resolvePath } from './paths.ts';
import type { Path } from './yaml-path.ts';

/** A user's file and its name in `os/custom-<arch>/`. */
interface Wanted {
  readonly name: string;
  readonly source: string;
  readonly path: Path;
  /** A /lib/modules/<version> folder, which becomes a tar. */
  readonly moduleTree?: string;
}

type Custom = NonNullable<Inventory['document']['os']['custom']>;
type Problem = Omit<Fault, 'offset'>;

export interface CustomOs {
  /** Null when the inventory has no custom OS or one of its files is unusable. */
  readonly assets: readonly Asset[] | null;
  /** Null when the user provides none. */
  readonly busybox: Uint8Array | null;
  readonly faults: readonly Fault[];
}

/**
 * Copies the files of `os.custom` into `media/custom/` and gives their names in dist/.
 * @param folder what relative paths in the inventory are relative to
 * @param home the user's home folder
 */
export async function importCustomOs(
  inventory: Inventory,
  folder: string,
  media: string,
  home: string,
): Promise<CustomOs> {
  const { os, nodes } = inventory.document;
  const { custom } = os;
  // One architecture for all: checks/systems.ts refuses several.
  const arch = nodes[0]?.arch;
  if (custom === null || arch === undefined) return { assets: null, busybox: null, faults: [] };
  const faults: Fault[] = [];
  const files = await wantedFiles(custom, (path) => resolvePath(path, folder, home));
  const store = await MediaStore.open(media);
  const assets: Asset[] = [];
  for (const file of files) {
    const offset = inventory.offsetOf(file.path);
    const problem = clashProblem(file, files) ?? (await problemOf(file, arch));
    if (problem !== null) faults.push({ offset, ...problem });
    else assets.push(await importFile(store, file));
  }
  await store.close();
  const busybox =
    custom.busybox === undefined
      ? null
      : ownBusybox(resolvePath(custom.busybox, folder, home), inventory, arch);
  if (busybox !== null && 'fault' in busybox) faults.push(busybox.fault);
  return {
    assets: faults.length > 0 ? null : assets,
    busybox: busybox !== null && 'bytes' in busybox ? busybox.bytes : null,
    faults,
  };
}

/** Each file that the inventory names, and those of folders that it names. */
async function wantedFiles(
  { kernel, initrd, rootfs, modules }: Custom,
  resolve: (path: string) => string,
): Promise<Wanted[]> {
  const place = (key: string): Path => ['os', 'custom', key];
  const wanted: Wanted[] = [
    { name: 'vmlinuz', source: kernel, path: place('kernel') },
    { name: 'initrd', source: initrd, path: place('initrd') },
    { name: 'rootfs.squashfs', source: rootfs, path: place('rootfs') },
    ...moduleReferences(modules),
  ];
  const here = wanted.map((file) => ({ ...file, source: resolve(file.source) }));
  return (await Promise.all(here.map(expandModules))).flat();
}

/** It is packed into our layer, so media/ needs no copy. */
function ownBusybox(
  source: string,
  inventory: Inventory,
  arch: Arch,
): { readonly bytes: Uint8Array } | { readonly fault: Fault } {
  const offset = inventory.offsetOf(['os', 'custom', 'busybox']);
  const problem = fileProblem(source);
  if (problem !== null) return { fault: { offset, message: problem, hint: RELATIVE } };
  const read = readOwnBusybox(source, arch);
  return 'bytes' in read ? read : { fault: { offset, ...read } };
}

const RELATIVE = 'paths are relative to nodes.yaml';

/** Checked before copying: a wrong file may have many gigabytes. */
async function problemOf(file: Wanted, arch: Arch): Promise<Problem | null> {
  const message =
    nameProblem(file) ?? (file.moduleTree === undefined ? fileProblem(file.source) : null);
  if (message !== null) return { message, hint: RELATIVE };
  return file.moduleTree === undefined ? contentProblem(file, arch) : null;
}

function importFile(store: MediaStore, { name, source, moduleTree }: Wanted): Promise<Asset> {
  if (moduleTree === undefined) return store.add(name, source);
  return store.make(name, (part) => packModules(moduleTree, part));
}

function moduleReferences(modules: string | readonly string[] | undefined): Wanted[] {
  if (modules === undefined) return [];
  const list = typeof modules === 'string' ? [modules] : modules;
  return list.map((source, index) => ({
    name: 'debs/',
    source,
    path: ['os', 'custom', 'modules', ...(typeof modules === 'string' ? [] : [index])],
  }));
}

/** `modules` may name a package, a folder of packages, or a /lib/modules tree; other files stay. */
async function expandModules(file: Wanted): Promise<Wanted[]> {
  if (file.name !== 'debs/') return [file];
  if (!isFolder(file.source)) return [{ ...file, name: inDebs(basename(file.source)) }];
  const moduleTree = findModuleTree(file.source);
  if (moduleTree !== null)
    return [{ ...file, name: inDebs(`modules-${basename(moduleTree)}.tar`), moduleTree }];
  const packages = (await readdir(file.source)).filter((name) => name.endsWith('.deb')).sort();
  if (packages.length === 0) return [file];
  return packages.map((name) => ({
    ...file,
    name: inDebs(name),
    source: join(file.source, name),
  }));
}

function inDebs(name: string): string {
  return `debs/${publishedName(name)}`;
}

/** Also of names that differ only in case: the file system of a share may not tell them apart. */
function clashProblem(file: Wanted, files: readonly Wanted[]): Problem | null {
  const name = file.name.toLowerCase();
  const first = files.find((other) => other.name.toLowerCase() === name);
  if (first === undefined || first === file) return null;
  const message =
    first.source === file.source
      ? `${file.source} is named twice`
      : `${file.source} and ${first.source} would both be ${file.name} in the tree`;
  return { message, hint: 'rename one of them, or leave it out' };
}

/** Names travel in fetch.list, in URLs and through the shell of an initramfs. */
function nameProblem({ name, source }: Wanted): string | null {
  return /^[\w.~/-]+$/.test(name) ? null : `${source} has a name with spaces or unusual characters`;
}

/** A folder that this user may list; fileProblem reports anything else. */
function isFolder(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.X_OK);
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}

function fileProblem(path: string): string | null {
  let stats: Stats;
  try {
    accessSync(path, constants.R_OK);
    stats = statSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return `${path} does not exist`;
    return `${path} cannot be read: ${reasonOf(error)}`;
  }
  if (stats.isDirectory()) {
    return `${path} contains neither .deb packages nor a kernel module tree (as in /lib/modules)`;
  }
  if (!stats.isFile()) return `${path} is not a regular file`;
  return stats.size === 0 ? `${path} is empty` : null;
}
