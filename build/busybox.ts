// The busybox that our initramfs layer runs on: the one from `fetch`, else the distribution's.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Arch } from '../contract/inventory.ts';
import { MAX_BUSYBOX, whyNoBusybox } from '../formats/busybox.ts';
import { mediaUnreadable } from './build-errors.ts';

/** Where distributions install it (Debian and Ubuntu: package `busybox-static`). */
export const DISTRIBUTION_BUSYBOX: readonly string[] = ['/usr/bin', '/bin'];

/** The folder of media/ that holds an architecture's. */
export function busyboxFolder(media: string, arch: Arch): string {
  return join(media, 'busybox', arch);
}

/**
 * The first `busybox` in these folders that is static and for that architecture; null if none is.
 * @throws {UserError} when one exists but cannot be read
 */
export function findBusybox(folders: readonly string[], arch: Arch): Uint8Array | null {
  for (const folder of folders) {
    const path = join(folder, 'busybox');
    const bytes = existsSync(path) ? readProgram(path) : null;
    if (bytes !== null && whyNoBusybox(bytes, arch) === null) return bytes;
  }
  return null;
}

/**
 * The busybox of each architecture that has one.
 * @param own the user's; the inventory then has one architecture only
 */
export function findBusyboxes(
  archs: readonly Arch[],
  media: string,
  folders: readonly string[],
  own: Uint8Array | null,
): ReadonlyMap<Arch, Uint8Array> {
  const found = archs.flatMap((arch): [Arch, Uint8Array][] => {
    const bytes = own ?? findBusybox([busyboxFolder(media, arch), ...folders], arch);
    return bytes === null ? [] : [[arch, bytes]];
  });
  return new Map(found);
}

/** The user's own, or what is wrong with it. */
export function readOwnBusybox(
  path: string,
  arch: Arch,
): { readonly bytes: Uint8Array } | { readonly message: string; readonly hint: string } {
  const bytes = readProgram(path);
  const why = bytes === null ? 'is too large to be busybox' : whyNoBusybox(bytes, arch);
  if (bytes !== null && why === null) return { bytes };
  return {
    message: `${path} ${why}`,
    hint: `a static busybox for ${arch}, such as that of the package busybox-static`,
  };
}

/** Null for a file that is too large. */
function readProgram(path: string): Uint8Array | null {
  try {
    return statSync(path).size > MAX_BUSYBOX ? null : readFileSync(path);
  } catch (cause) {
    throw mediaUnreadable(path, cause);
  }
}
