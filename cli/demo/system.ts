// What the demo's machines run: the Ubuntu and the k3s that `fetch` got, else the tests' image and a stand-in for k3s.
import * as z from 'zod/mini';
import { RELEASES } from '../../build/schema/os.ts';
import type { MediaLock } from '../../contract/media-lock.ts';
import { hasK3s, hasSystem, neededFiles, pinName } from '../../fetch/needs.ts';

/** Virtual machines of other architectures would be emulated, which takes an hour. */
const ARCH = 'amd64';

const fetchedSchema = z.object({
  kind: z.literal('fetched'),
  release: z.string(),
  kernel: z.enum(['ga', 'hwe']),
  /** As in nodes.yaml: a version or a channel. */
  k3s: z.string(),
});

export type Fetched = z.infer<typeof fetchedSchema>;

export const systemSchema = z.discriminatedUnion('kind', [
  fetchedSchema,
  z.object({ kind: z.literal('stand-in') }),
]);

export type System = z.infer<typeof systemSchema>;

/** What one machine needs. */
export interface MachineSize {
  /** MiB of RAM. */
  readonly memory: number;
  /** Bytes that the machine sees as its disk. */
  readonly disk: number;
  /** Bytes that its disk takes on the host in the end. */
  readonly room: number;
}

const GB = 1_000_000_000;
const MIB = 1024 ** 2;

/** Of one machine, by what it runs. */
export const SIZES: Readonly<Record<System['kind'], MachineSize>> = {
  fetched: { memory: 3072, disk: 16 * 1024 * MIB, room: 5 * GB },
  'stand-in': { memory: 2048, disk: 6 * 1024 * MIB, room: 1 * GB },
};

/**
 * The newest Ubuntu and a k3s that are locked with all their files there; null if there are none.
 * @param isThere whether media/ has a file, of that size
 */
export function fetchedSystem(
  lock: MediaLock,
  isThere: (path: string, size: number) => boolean,
): Fetched | null {
  const channels = Object.keys(lock.resolved).filter((pin) => pin.startsWith(pinName.k3s('')));
  for (const release of RELEASES.toReversed()) {
    for (const channel of channels) {
      const found = systemOf(lock, release, channel.slice(pinName.k3s('').length));
      if (found !== null && filesOf(found, lock).every((file) => isThere(file.path, file.size)))
        return found;
    }
  }
  return null;
}

function systemOf(lock: MediaLock, release: string, k3s: string): Fetched | null {
  const pin = lock.resolved[pinName.os({ release, arch: ARCH, kernel: 'ga', firmware: true })];
  const kernel = pin?.endsWith(' hwe') ? 'hwe' : 'ga';
  const need = { release, arch: ARCH, kernel, firmware: true } as const;
  const isLocked = hasSystem(lock, need) && hasK3s(lock, k3s, ARCH);
  return isLocked ? { kind: 'fetched', release, kernel, k3s } : null;
}

function filesOf({ release, kernel, k3s }: Fetched, lock: MediaLock) {
  const systems = [{ release, arch: ARCH, kernel, firmware: true }] as const;
  return neededFiles({ systems, k3s, archs: [ARCH], keys: [], ipxe: true, busybox: [ARCH] }, lock);
}

/** What the machines run, in words. */
export function describe(system: System): string {
  if (system.kind === 'fetched')
    return `Ubuntu ${system.release} and k3s (${system.k3s}), as fetched into media/`;
  return "the tests' Debian 12 and a stand-in for k3s with a real etcd: media/ has no Ubuntu with k3s (./homepbp fetch gets them)";
}
