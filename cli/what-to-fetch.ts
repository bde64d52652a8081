// What a project still has to download, for the question of `start`: what it is, and how much.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import {
  hasK3s,
  hasSystem,
  type Needs,
  neededFiles,
  pinName,
  type SystemNeed,
} from '../fetch/needs.ts';
import { formatBytes } from '../messages/bytes.ts';
import type { InventoryMedia } from './media-needs.ts';

export interface ToFetch {
  /** `Ubuntu 24.04 for amd64`, `k3s stable`; empty if nothing large is missing. */
  readonly what: readonly string[];
  readonly bytes: number;
  /** Whether the lock knows all of it; otherwise `bytes` is what such files usually have. */
  readonly isExact: boolean;
}

/** Usual bytes of what no lock knows yet: the media of 20.04 to 26.04 and k3s 1.30 to 1.34, rounded up. */
const USUAL = { system: 600e6, firmware: 550e6, k3s: 280e6 } as const;

/** Operating systems and k3s; `start` fetches the rest unasked. Looks at sizes only, as the build does. */
export function whatToFetch({ needs, lock }: InventoryMedia, media: string): ToFetch {
  const files = neededFiles(needs, lock).filter(({ path }) => /^(os|k3s)\//.test(path));
  const absent = files.filter(({ path, size }) => sizeOf(join(media, path)) !== size);
  const systems = needs.systems.filter((need) => !hasSystem(lock, need));
  const { k3s } = needs;
  const archs = k3s === null ? [] : needs.archs.filter((arch) => !hasK3s(lock, k3s, arch));
  const unpinned =
    systems.reduce((sum, need) => sum + usualSystem(need), 0) + archs.length * USUAL.k3s;
  // What is unpacked from an archive is not downloaded itself.
  const pinned = absent.filter(({ member }) => member === undefined);
  const paths = absent.map(({ path }) => path);
  return {
    what: [
      ...needs.systems
        .filter((need) => systems.includes(need) || paths.some((path) => isOf(path, need)))
        .map(({ release, arch }) => `Ubuntu ${release} for ${arch}`),
      ...(archs.length > 0 || paths.some((path) => path.startsWith('k3s/'))
        ? [k3sName(needs)]
        : []),
    ],
    bytes: pinned.reduce((sum, { size }) => sum + size, unpinned),
    isExact: unpinned === 0,
  };
}

function usualSystem({ firmware }: SystemNeed): number {
  return USUAL.system + (firmware ? USUAL.firmware : 0);
}

function isOf(path: string, { release, arch }: SystemNeed): boolean {
  return path.startsWith(`os/${release}-${arch}/`);
}

function k3sName({ k3s }: Needs): string {
  return k3s === null ? 'k3s' : pinName.k3s(k3s);
}

function sizeOf(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.size ?? null;
}

/** Bytes a second of the link that the estimate assumes. */
const LINK = 100e6 / 8;

/** `Ubuntu 24.04 for amd64 and k3s stable (about 1.4 GB, 2 min at 100 Mbit/s)`. */
export function toFetchText({ what, bytes, isExact }: ToFetch): string {
  const seconds = bytes / LINK;
  const time = seconds < 60 ? 'less than a minute' : `${Math.ceil(seconds / 60)} min`;
  const size = `${isExact ? '' : 'about '}${formatBytes(bytes)}`;
  return `${new Intl.ListFormat('en').format(what)} (${size}, ${time} at 100 Mbit/s)`;
}
