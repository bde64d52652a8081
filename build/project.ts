// The edge of the build: reads the inputs, runs the pure core, writes the result.
import { realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { BuildRecord } from '../contract/build-record.ts';
import type { Issued } from '../contract/issued.ts';
import { MEDIA_LOCK } from '../contract/media-lock.ts';
import { holdsOwn, mediaFailed } from './build-errors.ts';
import type { CpioEntry } from './cpio.ts';
import { importCustomOs } from './custom-os.ts';
import { resolveExtras } from './extra-user-data.ts';
import { formatFaults, InventoryError } from './faults.ts';
import { generate, refuseBroken } from './generate.ts';
import { type Inventory, parseInventory } from './inventory.ts';
import { readInventoryFile } from './inventory-file.ts';
import { DISTRIBUTION_IPXE, findIpxe, lockedAssets, readLock } from './media.ts';
import { notesOn } from './notes.ts';
import { exclusively } from './one-build.ts';
import type { OutputFile } from './output.ts';
import { readPage } from './page/page.ts';
import type { Page } from './page/vite.ts';
import type { Plan } from './plan.ts';
import { checkHere, withUrl } from './project-checks.ts';
import { type Keepsakes, recall, writeKeepsakes } from './project-memory.ts';
import { planOf } from './project-plan.ts';
import { readTextFile } from './read-text.ts';
import { readTemplates } from './shipped-files.ts';
import { resolveKeys } from './ssh-keys.ts';
import type { LinkMode } from './write/changed.ts';
import { type WriteResult, writeTree } from './write/write-tree.ts';

export interface ProjectOptions {
  /** Path of nodes.yaml; the lock files are beside it. */
  readonly inventory: string;
  readonly media: string;
  /** Default: secrets/ beside nodes.yaml. */
  readonly secrets?: string;
  /** Where the shim records what it saw; default: state/ beside nodes.yaml. */
  readonly state?: string | undefined;
  /** The base URL of the tree, instead of `genesis:`. */
  readonly url?: string | undefined;
  /** The addresses of this computer, if it is the one that serves the tree: no node may have them. */
  readonly ownAddresses?: () => readonly string[];
  /** No machine has ever booted: published sets and the token's fingerprint are dropped. */
  readonly neverBooted?: boolean;
  /** Whose ~/.ssh holds the usual keys; default: the user's. */
  readonly home?: string;
  /** What our initramfs layer is made of; default: payload/. */
  readonly payload?: readonly CpioEntry[];
  /** Where to look for iPXE after media/ipxe/; default: where distributions put it. */
  readonly ipxeFolders?: readonly string[];
  /** Where to look for busybox after media/busybox/; default: where distributions put it. */
  readonly busyboxFolders?: readonly string[];
  /** The files of the page; default: built from web/. */
  readonly page?: Page;
}

export interface BuildOptions extends ProjectOptions {
  readonly out: string;
  readonly link: LinkMode;
}

export interface Project {
  readonly plan: Plan;
  readonly files: readonly OutputFile[];
  /** Warnings and notes for the user, ready to print. */
  readonly remarks: readonly string[];
  /** What a build writes besides dist/: new secrets, the cluster lock. */
  readonly keepsakes: Keepsakes;
  /** What nodes get when they enrol; no file of the tree has it. */
  readonly issued: Issued;
}

export type BuildResult = WriteResult & Pick<Project, 'plan' | 'remarks'>;

/**
 * Builds dist/ from an inventory. No network.
 * @throws {UserError} on anything that the user can fix; the old tree is then untouched
 */
export function buildProject(options: BuildOptions): Promise<BuildResult> {
  return exclusively(options, () => buildAlone(options));
}

async function buildAlone(options: BuildOptions): Promise<BuildResult> {
  refuseToHold(options);
  const { plan, files, remarks, keepsakes } = await generateProject(options);
  // Before the tree: a token that a machine may have seen must not be lost.
  await writeKeepsakes(keepsakes);
  const record: BuildRecord = { media: relative(resolve(options.out), realPath(options.media)) };
  const { link } = options;
  const result = await writeTree(options.out, files, { link, record, check: refuseBroken });
  return { ...result, plan, remarks };
}

/** The build deletes anything in `out` that is not part of the tree. */
function refuseToHold({ out, inventory, media, ...options }: BuildOptions) {
  const folder = dirname(resolve(inventory));
  const { secrets = join(folder, 'secrets'), state = join(folder, 'state') } = options;
  for (const path of [inventory, media, secrets, state]) {
    const way = relative(realPath(out), realPath(path));
    if (way.split(sep)[0] !== '..' && !isAbsolute(way)) throw holdsOwn(out, path);
  }
}

/** Follows links in the part of the path that exists. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const absolute = resolve(path);
    const parent = dirname(absolute);
    return parent === absolute ? absolute : join(realPath(parent), basename(absolute));
  }
}

/**
 * The files that a build of this project gives. Reads the project and what it refers to; writes
 * only copies of the user's own OS files into media/.
 * @throws {UserError} on anything that the user can fix
 */
export async function generateProject(options: ProjectOptions): Promise<Project> {
  const inventory = withUrl(parseInventory(readInventoryFile(options.inventory)), options.url);
  const folder = dirname(resolve(options.inventory));
  const media = resolve(options.media);
  const home = options.home ?? homedir();
  const lock = readLock(join(folder, MEDIA_LOCK));
  const keys = resolveKeys(inventory, { folder, home, fetched: lock.keys });
  const extras = resolveExtras(inventory, folder, home, readTextFile);
  const custom = await importCustomOs(inventory, folder, media, home).catch((error: unknown) => {
    throw mediaFailed(media, error);
  });
  const memory = recall(inventory, folder, home, options);
  const checked = checkHere(inventory, lock, options.ownAddresses?.() ?? []);
  const gathered = [keys, extras, custom, memory, checked];
  const faults = gathered.flatMap((part) => part.faults);
  if (faults.length > 0) throw new InventoryError(inventory.source, faults);
  const plan = await planOf(inventory, options, lock, { keys, extras, custom, memory });
  const warnings = [inventory, keys, extras, memory].flatMap((part) => part.warnings);
  const { issued, keepsakes } = memory;
  const { pageRemarks, ...own } = await readMaterials(options, media);
  const k3s = lockedAssets(lock, media, 'k3s');
  return {
    plan,
    files: generate(plan, { ...own, k3s }),
    remarks: [
      ...formatWarnings(inventory, warnings),
      ...memory.remarks,
      ...notesOn(plan, own.ipxe),
      ...pageRemarks,
    ],
    keepsakes,
    issued,
  };
}

/** Parts of the tree that do not depend on the inventory. */
async function readMaterials(
  { ipxeFolders = [DISTRIBUTION_IPXE], page }: ProjectOptions,
  media: string,
) {
  const built = page === undefined ? await readPage() : { files: page, remarks: [] };
  return {
    templates: await readTemplates(),
    ipxe: findIpxe([join(media, 'ipxe'), ...ipxeFolders]),
    page: built.files,
    pageRemarks: built.remarks,
  };
}

function formatWarnings({ source }: Inventory, warnings: Inventory['warnings']): string[] {
  return warnings.length === 0 ? [] : [formatFaults(source, warnings, 'warning: ')];
}
