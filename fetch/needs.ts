// What inventories need in media/, and which files of a lock that means.
import type { Arch } from '../contract/inventory.ts';
import type { LockedFile, MediaLock } from '../contract/media-lock.ts';
import { BOOT_FILES } from '../contract/paths.ts';

export interface SystemNeed {
  /** Such as `24.04`. */
  readonly release: string;
  readonly arch: Arch;
  /** The release's own kernel, or its hardware enablement kernel. */
  readonly kernel: Kernel;
  /** Whether a node of it has a disk, which is where firmware (some 500 MB) is unpacked. */
  readonly firmware: boolean;
}

export type Kernel = 'ga' | 'hwe';

export interface Needs {
  readonly systems: readonly SystemNeed[];
  /** A channel or version; null if no cluster is wanted. */
  readonly k3s: string | null;
  readonly archs: readonly Arch[];
  /** `gh:<user>`. */
  readonly keys: readonly string[];
  /** Whether the boot programs are needed. */
  readonly ipxe: boolean;
  /** The architectures whose busybox is needed. */
  readonly busybox: readonly Arch[];
}

/** `24.04-amd64`, the name of its folder in `os/`. */
export function systemId({ release, arch }: Pick<SystemNeed, 'release' | 'arch'>): string {
  return `${release}-${arch}`;
}

/** The keys of `resolved` in the lock. */
export const pinName = {
  os: (need: SystemNeed) => `os ${systemId(need)}`,
  k3s: (k3s: string) => `k3s ${k3s}`,
  ipxe: 'ipxe',
  busybox: (arch: Arch) => `busybox ${arch}`,
} as const;

/** How the lock records a system: its serial, and its kernel unless that is ga. */
export function systemVersion(serial: string, kernel: Kernel): string {
  return kernel === 'ga' ? serial : `${serial} ${kernel}`;
}

export function hasSystem(lock: MediaLock, need: SystemNeed): boolean {
  const folder = `os/${systemId(need)}`;
  const [serial, kernel = 'ga'] = lock.resolved[pinName.os(need)]?.split(' ') ?? [];
  return (
    serial !== undefined &&
    kernel === need.kernel &&
    BOOT_FILES.every((name) => lock.files[`${folder}/${name}`] !== undefined)
  );
}

export function hasK3s(lock: MediaLock, k3s: string, arch: Arch): boolean {
  const version = lock.resolved[pinName.k3s(k3s)];
  return version !== undefined && lock.files[`k3s/${version}/k3s-${arch}`] !== undefined;
}

/** Each architecture has its own pin: they come from two archives, which may differ for a day. */
export function hasBusybox(lock: MediaLock, arch: Arch): boolean {
  const program = lock.files[`${busyboxFolder(arch)}busybox`];
  return lock.resolved[pinName.busybox(arch)] !== undefined && program !== undefined;
}

export function busyboxFolder(arch: Arch): string {
  return `busybox/${arch}/`;
}

/** What is needed but not in the lock at all, by its pin's name. Ignores keys, which are not files. */
export function unpinnedNeeds(
  { systems, k3s, archs, ipxe, busybox }: Needs,
  lock: MediaLock,
): string[] {
  return [
    ...systems.filter((need) => !hasSystem(lock, need)).map(pinName.os),
    ...(k3s === null || archs.every((arch) => hasK3s(lock, k3s, arch)) ? [] : [pinName.k3s(k3s)]),
    ...(ipxe && lock.resolved[pinName.ipxe] === undefined ? [pinName.ipxe] : []),
    ...busybox.filter((arch) => !hasBusybox(lock, arch)).map(pinName.busybox),
  ];
}

/** Whether a file of the lock is among what is needed. */
function isNeeded(path: string, needs: Needs, lock: MediaLock): boolean {
  if (path.startsWith('ipxe/')) return needs.ipxe;
  if (path.startsWith('busybox/')) {
    return needs.busybox.some((arch) => path.startsWith(busyboxFolder(arch)));
  }
  if (path.startsWith('os/')) {
    return needs.systems.some((need) => isOfSystem(path, need));
  }
  if (needs.k3s === null) return false;
  const folder = `k3s/${lock.resolved[pinName.k3s(needs.k3s)]}/`;
  return path.startsWith(folder) && needs.archs.some((arch) => isOfArch(path, arch));
}

/** Firmware is pinned with its system, whether or not a node has a disk for it. */
function isOfSystem(path: string, need: SystemNeed): boolean {
  const folder = `os/${systemId(need)}/`;
  return path.startsWith(folder) && (need.firmware || !path.startsWith(`${folder}firmware/`));
}

/** `k3s-arm64`, `k3s-airgap-images-arm64.tar.zst`. */
function isOfArch(path: string, arch: Arch): boolean {
  return new RegExp(`-${arch}(\\.|$)`).test(path);
}

/** The files of a lock that are needed, sorted by path. */
export function neededFiles(
  needs: Needs,
  lock: MediaLock,
): (LockedFile & { readonly path: string })[] {
  return Object.entries(lock.files)
    .filter(([path]) => isNeeded(path, needs, lock))
    .map(([path, file]) => ({ path, ...file }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
