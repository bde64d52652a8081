// What an inventory needs in media/.
import { dirname, join, resolve } from 'node:path';
import { archsOf, type InventoryDocument, presentNodes } from '../build/document.ts';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { readLock } from '../build/media.ts';
import type { Arch } from '../contract/inventory.ts';
import { MEDIA_LOCK, type MediaLock } from '../contract/media-lock.ts';
import type { Needs, SystemNeed } from '../fetch/needs.ts';
import { UserError } from '../messages/user-error.ts';

export interface InventoryMedia {
  readonly inventory: string;
  readonly needs: Needs;
  /** Whether it has a custom operating system. */
  readonly isCustom: boolean;
  readonly lockPath: string;
  readonly lock: MediaLock;
}

/**
 * Reads an inventory and the lock beside it.
 * @throws {UserError} if either is broken
 */
export function readInventoryMedia(inventory: string): InventoryMedia {
  const { document } = parseInventory(readInventoryFile(inventory));
  const lockPath = join(dirname(resolve(inventory)), MEDIA_LOCK);
  return {
    inventory,
    needs: needsOf(document),
    isCustom: document.os.custom !== null,
    lockPath,
    lock: readLock(lockPath),
  };
}

/** The same; null for an inventory with errors: the build reports those. */
export function readIfRight(inventory: string): InventoryMedia | null {
  try {
    return readInventoryMedia(inventory);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** What to fetch. Machines marked `removed` need nothing. */
export function needsOf(document: InventoryDocument): Needs {
  const { os, cluster } = document;
  const present = presentNodes(document);
  const archs = archsOf(document);
  const firmware = (wanted: Arch) =>
    present.some(({ arch, disk }) => arch === wanted && disk !== 'none');
  const systemOf = (arch: Arch): SystemNeed[] => {
    if (os.custom !== null) return [];
    return [{ release: os.release, arch, kernel: os.kernel, firmware: firmware(arch) }];
  };
  const references = present.flatMap(({ ssh_keys: keys }) => (keys === 'auto' ? [] : keys));
  const keys = [...new Set(references)].filter((reference) => reference.startsWith('gh:')).sort();
  return {
    systems: archs.flatMap(systemOf),
    k3s: cluster.k3s,
    archs,
    keys,
    ipxe: true,
    busybox: os.custom?.busybox === undefined ? archs : [],
  };
}
