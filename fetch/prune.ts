// Files in media/ that nothing needs.
import { lstat, readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';

export interface Leftover {
  /** Below media/. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/**
 * The paths that fetch and build write. If --media is someone's home, everything else in it is left
 * alone.
 */
const OURS = [
  /^os\/\d\d\.\d\d-(amd64|arm64)\//,
  /^k3s\/v\d[^/]*\//,
  /^busybox\/(amd64|arm64)\/(busybox|busybox-static_[^/]*\.deb)(\.part(\.json)?)?$/,
  /^ipxe\/(ipxeboot-[^/]*|[^/]*\.(efi|kpxe)|[^/]*-sb\/[^/]*)(\.part(\.json)?)?$/,
];
/** Copies of custom files, named by their hashes (build/media-store.ts). */
const CUSTOM = /^custom\/[0-9a-f]{64}$/;

/**
 * Files of media/ that nothing needs, sorted by path. Parts of needed files count as needed.
 * @param needed paths below media/
 * @param needsCustom whether an inventory has a custom operating system
 */
export async function findLeftovers(
  media: string,
  needed: ReadonlySet<string>,
  needsCustom: boolean,
): Promise<Leftover[]> {
  const entries = await readdir(media, { recursive: true, withFileTypes: true }).catch(() => []);
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(media, join(entry.parentPath, entry.name)))
    .filter((path) => OURS.some((place) => place.test(path)) || (!needsCustom && CUSTOM.test(path)))
    .filter((path) => !needed.has(path.replace(/\.part(\.json)?$/, '')))
    .sort();
  return Promise.all(
    paths.map(async (path) => ({ path, size: (await lstat(join(media, path))).size })),
  );
}

/** Removes files, and folders that become empty. */
export async function removeLeftovers(media: string, leftovers: readonly Leftover[]) {
  for (const { path } of leftovers) await rm(join(media, path), { force: true });
  const folders = new Set(leftovers.flatMap(({ path }) => parents(path)));
  // The deepest first; one that is not empty stays.
  const deepest = [...folders].sort((a, b) => b.length - a.length);
  for (const folder of deepest) await rmdir(join(media, folder)).catch(() => {});
}

function parents(path: string): string[] {
  const parent = dirname(path);
  return parent === '.' ? [] : [parent, ...parents(parent)];
}
