// The exact packages of a kernel's modules: from the archive's index; if that has moved on, from a
// snapshot of the archive (signed too); else from the store of all packages, where nothing is signed.

import { below, type Downloaded, type Resolved, type Sources } from '../source.ts';
import { isMissing, noModules } from '../source-errors.ts';
import { type ArchiveWanted, openArchive } from './archive.ts';
import type { Package } from './deb822.ts';
import type { KernelVersion } from './kernel-version.ts';
import type { PackageIndex } from './package-index.ts';

export interface ModulesWanted {
  readonly kernel: KernelVersion;
  readonly archive: ArchiveWanted;
  /** Of the boot image: `20250716`. */
  readonly serial: string;
  /** Below media/, such as `os/24.04-amd64/debs`. */
  readonly folder: string;
}

export interface Found {
  readonly files: readonly Resolved[];
  readonly notes: readonly string[];
}

/** Days after the image's serial at which its kernel should have been in the archive. */
const SNAPSHOT_DAYS = [1, 4, 14];
const MAX_DEB = 512 << 20;

/**
 * Finds linux-modules and, where the release has one, linux-modules-extra.
 * @param index the archive's current one
 * @throws {UserError} if linux-modules is not available anywhere
 */
export async function findModules(
  wanted: ModulesWanted,
  index: PackageIndex,
  sources: Sources,
  now = new Date(),
): Promise<Found> {
  const today = fromIndex(wanted, index, wanted.archive.base);
  if (today !== null) return today;
  const tried = [`${wanted.archive.base} (${wanted.archive.codename})`];
  for (const base of snapshots(wanted.serial, sources.mirrors.snapshot, now)) {
    tried.push(base);
    const found = await fromSnapshot(wanted, base, sources);
    if (found !== null) return found;
  }
  return fromStore(wanted, tried, sources);
}

function names({ release }: KernelVersion) {
  return { modules: `linux-modules-${release}`, extra: `linux-modules-extra-${release}` };
}

function fromIndex(wanted: ModulesWanted, index: PackageIndex, base: string): Found | null {
  const { modules, extra } = names(wanted.kernel);
  const find = (name: string) => {
    const version = wanted.kernel.packageVersion;
    // Another upload under the same name fits too, unless only signed modules are loaded.
    return (version === null ? undefined : index.exactly(name, version)) ?? index.newest(name);
  };
  const found = find(modules);
  if (found === undefined) return null;
  const packages = [found, ...[find(extra)].flatMap((one) => one ?? [])];
  return { files: packages.map((one) => located(one, base, wanted.folder)), notes: [] };
}

/** A package of an index as a file of media/. */
export function located(one: Package, base: string, folder: string): Resolved {
  const name = one.path.slice(one.path.lastIndexOf('/') + 1);
  const { size, sha256, version } = one;
  return { path: `${folder}/${fileName(name)}`, url: below(base, one.path), size, sha256, version };
}

/** Names in media/ have no `%`, which encodes an epoch's colon. */
function fileName(name: string): string {
  return name.replaceAll(/%3a/gi, '-');
}

/** The snapshots of the days after a serial, up to now. */
export function snapshots(serial: string, base: string, now: Date): string[] {
  const [, year, month, day] = /^(\d{4})(\d\d)(\d\d)/.exec(serial) ?? [];
  const start = Date.UTC(Number(year), Number(month) - 1, Number(day));
  return SNAPSHOT_DAYS.map((days) => new Date(start + days * 86_400_000))
    .filter((date) => date < now)
    .map((date) => below(base, `${date.toISOString().slice(0, 10).replaceAll('-', '')}T000000Z`));
}

async function fromSnapshot(
  wanted: ModulesWanted,
  base: string,
  sources: Sources,
): Promise<Found | null> {
  try {
    const index = await openArchive({ ...wanted.archive, base, datedAs: null }, sources);
    return fromIndex(wanted, index, base);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** `linux-modules-5.4.0-216-generic_5.4.0-216.236_amd64.deb`: the kernel gives all parts of the name. */
async function fromStore(
  { kernel, archive, folder }: ModulesWanted,
  tried: readonly string[],
  { mirrors, downloads }: Sources,
): Promise<Found> {
  const { modules, extra } = names(kernel);
  const version = kernel.packageVersion;
  if (version === null) throw noModules(kernel.release, tried);
  const fetchOne = async (name: string): Promise<Resolved | null> => {
    const file = `${name}_${version}_${archive.arch}.deb`;
    const url = below(mirrors.packageFiles, file);
    const path = `${folder}/${file}`;
    const got = await orMissing(downloads.unpinned(url, path, { maxBytes: MAX_DEB }));
    return got && { path, url, size: got.size, sha256: got.sha256, version };
  };
  const found = await fetchOne(modules);
  if (found === null) {
    throw noModules(kernel.release, [...tried, below(mirrors.packageFiles, `${modules}_…`)]);
  }
  const files = [found, ...[await fetchOne(extra)].flatMap((one) => one ?? [])];
  return { files, notes: [unsignedNote(files)] };
}

async function orMissing(download: Promise<Downloaded>): Promise<Downloaded | null> {
  try {
    return await download;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function unsignedNote(files: readonly Resolved[]): string {
  return (
    "the archive no longer lists this kernel's modules: they were downloaded from the store of all packages, " +
    'protected by TLS only, and are pinned as they came:' +
    files.map(({ url, sha256 }) => `\n    ${url} (SHA-256 ${sha256})`).join('')
  );
}
