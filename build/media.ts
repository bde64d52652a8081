// What the machines boot: operating systems and iPXE binaries, as found in media/ and its lock.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { MEDIA_LOCK_VERSION, type MediaLock, parseMediaLock } from '../contract/media-lock.ts';
import { publishedName } from '../contract/paths.ts';
import { mediaUnreadable } from './build-errors.ts';

/** One file of an operating system, by its name in `os/<id>/`. */
export interface Asset {
  /** Such as `vmlinuz` or `debs/linux-modules-….deb`; a publishedName. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Absolute path in media/; null when locked but not fetched. */
  readonly local: string | null;
  /** The publisher's URL; null for the user's own files. */
  readonly url: string | null;
}

/**
 * Reads media.lock.json; an absent one is empty.
 * @throws {UserError} when it is damaged
 */
export function readLock(path: string): MediaLock {
  if (!existsSync(path))
    return { version: MEDIA_LOCK_VERSION, resolved: {}, files: {}, keys: {}, dates: {} };
  return parseMediaLock(readFileSync(path, 'utf8'), path);
}

/**
 * The locked files below a folder of media/, sorted by name; empty when nothing is locked.
 * @param folder such as `os/24.04-amd64`; the assets' names are relative to it
 */
export function lockedAssets(lock: MediaLock, media: string, folder: string): Asset[] {
  const prefix = `${folder}/`;
  return Object.entries(lock.files)
    .filter(([path]) => path.startsWith(prefix))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, { size, sha256, url }]) => ({
      name: publishedName(path.slice(prefix.length)),
      size,
      sha256,
      url,
      local: localFile(join(media, path), size),
    }));
}

/** Also null when stat fails: fetch will report why. */
function localFile(path: string, size: number): string | null {
  try {
    return statSync(path).size === size ? path : null;
  } catch {
    return null;
  }
}

/** The boot programs in the TFTP root, named as DHCP servers hand them out. */
const IPXE_FILES = ['undionly.kpxe', 'ipxe.efi', 'snponly.efi', 'snponly-arm64.efi'] as const;
export type IpxeFile = (typeof IPXE_FILES)[number];

/** Where distributions install iPXE (Debian and Ubuntu, package `ipxe`). */
export const DISTRIBUTION_IPXE = '/usr/lib/ipxe';

/**
 * The available iPXE binaries: from media/ipxe/, else from the distribution.
 * @throws {UserError} when one exists but cannot be read
 */
export function findIpxe(folders: readonly string[]): ReadonlyMap<IpxeFile, Uint8Array> {
  const found = new Map<IpxeFile, Uint8Array>();
  for (const name of IPXE_FILES) {
    const path = folders
      .map((folder) => join(folder, name))
      .find((candidate) => existsSync(candidate));
    if (path === undefined) continue;
    try {
      found.set(name, readFileSync(path));
    } catch (cause) {
      throw mediaUnreadable(path, cause);
    }
  }
  return found;
}
