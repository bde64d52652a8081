// `os.custom`: the user's own kernel, initrd, root image and modules. They are copied into
// media/custom/ under their hashes (as copy-on-write clones where the file system can), so that a
// tree that was built keeps its bytes while the user makes the next image.
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { reasonOf } from './errors.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import type { Asset } from './media.ts';
import { MediaStore } from './media-store.ts';
import { findModuleTree, packModules } from './modules-tar.ts';
import { resolvePath } from './paths.ts';
import type { Path } from './yaml-path.ts';

/** A file of the user's and the name that it gets in `os/custom-<arch>/`. */
interface Wanted {
  readonly name: string;
  readonly source: string;
  readonly path: Path;
  /** A /lib/modules/<version> folder, which becomes a tar. */
  readonly moduleTree?: string;
}

export interface CustomOs {
  /** Null when the inventory names no custom OS or one of its files cannot be had. */
  readonly assets: readonly Asset[] | null;
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
}

/** The first bytes that each kind of file starts with, at their offsets; one of them must fit. */
const MAGIC: readonly { name: RegExp; what: string; marks: readonly [number, string][] }[] = [
  {
    name: /^vmlinuz$/,
    what: 'Linux kernel',
    marks: [
      [0x202, 'HdrS'],
      [0x38, 'ARMd'],
      [0, '\x1f\x8b'],
    ],
  },
  { name: /^rootfs\.squashfs$/, what: 'squashfs image', marks: [[0, 'hsqs']] },
  { name: /\.deb$/, what: 'Debian package', marks: [[0, '!<arch>\n']] },
];

/**
 * Copies the files of `os.custom` into `media/custom/` and says what they are called in dist/.
 * @param folder what relative paths in the inventory are relative to
 * @param home the user's home folder
 */
export async function importCustomOs(
  inventory: Inventory,
  folder: string,
  media: string,
  home: string,
): Promise<CustomOs> {
  const custom = inventory.document.os?.custom;
  if (custom === undefined) return { assets: null, faults: [], warnings: [] };
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const place = (key: string): Path => ['os', 'custom', key];
  const wanted: Wanted[] = [
    { name: 'vmlinuz', source: custom.kernel, path: place('kernel') },
    { name: 'initrd', source: custom.initrd, path: place('initrd') },
    { name: 'rootfs.squashfs', source: custom.rootfs, path: place('rootfs') },
    ...moduleReferences(custom.modules),
  ].map((file) => ({ ...file, source: resolvePath(file.source, folder, home) }));
  const files = (await Promise.all(wanted.map(expandModules))).flat();
  const store = await MediaStore.open(media);
  const assets: Asset[] = [];
  for (const file of files) {
    const offset = inventory.offsetOf(file.path);
    const problem =
      nameProblem(file) ?? (file.moduleTree === undefined ? fileProblem(file.source) : null);
    if (problem !== null) {
      faults.push({ offset, message: problem, hint: 'paths are relative to nodes.yaml' });
      continue;
    }
    const asset = await importFile(store, file);
    const odd = await oddContent(asset);
    if (odd !== null)
      warnings.push({ offset, message: `${file.source} does not look like a ${odd}` });
    assets.push(asset);
  }
  await store.close();
  return { assets: faults.length > 0 ? null : assets, faults, warnings };
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

/** `modules` may name a package, a folder of packages, or a /lib/modules tree; others stay as they are. */
async function expandModules(file: Wanted): Promise<Wanted[]> {
  if (file.name !== 'debs/') return [file];
  if (!isFolder(file.source)) return [{ ...file, name: `debs/${basename(file.source)}` }];
  const moduleTree = findModuleTree(file.source);
  if (moduleTree !== null)
    return [{ ...file, name: `debs/modules-${basename(moduleTree)}.tar`, moduleTree }];
  const packages = (await readdir(file.source)).filter((name) => name.endsWith('.deb')).sort();
  if (packages.length === 0) return [file];
  return packages.map((name) => ({
    ...file,
    name: `debs/${name}`,
    source: join(file.source, name),
  }));
}

/** Names travel in fetch.list, in URLs and through the shell of an initramfs. */
function nameProblem({ name, source }: Wanted): string | null {
  return /^[\w.+~%:/-]+$/.test(name)
    ? null
    : `${source} has a name with spaces or unusual characters`;
}

/** A folder that this user may list; what else is wrong with a path is for fileProblem to say. */
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
    return `${path} holds neither .deb packages nor kernel modules (a folder as in /lib/modules)`;
  }
  if (!stats.isFile()) return `${path} is no regular file`;
  return stats.size === 0 ? `${path} is empty` : null;
}

/** What the file should be and does not look like; null when it does. */
async function oddContent({ name, local }: Asset): Promise<string | null> {
  const kind = MAGIC.find((entry) => entry.name.test(name));
  if (kind === undefined || local === null) return null;
  const handle = await open(local);
  const { buffer, bytesRead } = await handle
    .read(Buffer.alloc(1024), 0, 1024, 0)
    .finally(() => handle.close());
  const head = buffer.subarray(0, bytesRead).toString('latin1');
  return kind.marks.some(([at, mark]) => head.startsWith(mark, at)) ? null : kind.what;
}
