// What an inventory needs in media/.
import { dirname, join, resolve } from 'node:path';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { readLock } from '../build/media.ts';
import { archsOf } from '../build/plan.ts';
import type { InventoryDocument } from '../build/schema.ts';
import type { Arch } from '../contract/inventory.ts';
import { MEDIA_LOCK, type MediaLock } from '../contract/media-lock.ts';
import type { Needs, SystemNeed } from '../fetch/needs.ts';

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
    isCustom: document.os?.custom !== undefined,
    lockPath,
    lock: readLock(lockPath),
  };
}

/** The defaults are those of build/plan.ts. Machines marked `removed` need nothing. */
function needsOf(document: InventoryDocument): Needs {
  const { os, ssh, cluster, defaults, nodes } = document;
  const present = nodes.filter(({ removed }) => removed !== true);
  const archs = archsOf(document);
  const release = os?.release ?? '20.04';
  const kernel = os?.kernel ?? 'ga';
  const firmware = (wanted: Arch) =>
    present.some(
      ({ arch, disk }) =>
        (arch ?? defaults?.arch ?? 'amd64') === wanted &&
        (disk ?? defaults?.disk ?? 'auto') !== 'none',
    );
  const systems: SystemNeed[] =
    os?.custom === undefined
      ? archs.map((arch) => ({ release, arch, kernel, firmware: firmware(arch) }))
      : [];
  const references = present.flatMap(
    ({ ssh_keys: own }) => own ?? defaults?.ssh_keys ?? keysOf(ssh?.keys),
  );
  const keys = [...new Set(references)].filter((reference) => reference.startsWith('gh:')).sort();
  return {
    systems,
    k3s: cluster?.k3s ?? 'stable',
    archs,
    keys,
    ipxe: true,
    busybox: os?.custom?.busybox === undefined ? archs : [],
  };
}

function keysOf(keys: 'auto' | readonly string[] | undefined): readonly string[] {
  return keys === undefined || keys === 'auto' ? [] : keys;
}
