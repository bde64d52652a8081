// An operating system as machines get it: which of its files are available, and which the initramfs
// fetches.
import { BOOT_FILES, PAYLOAD_LAYER } from '../contract/paths.ts';
import type { Asset } from './media.ts';
import { sha256 } from './output.ts';

/** An operating system in `os/<id>/`. */
export interface SystemPlan {
  readonly id: string;
  /** Empty when files are missing: nodes then boot from disk and say what to do. */
  readonly assets: readonly Asset[];
  /** Our initramfs layer; null where there are no assets. */
  readonly layer: Uint8Array | null;
  /** What a boot lacks, for people; null when complete. */
  readonly missing: string | null;
  /** The same part by part, as `missing` in inventory.json; empty when complete. */
  readonly lacks: readonly string[];
  /**
   * What the initramfs fetches, to run it or to keep it on the disk, and the hash that the kernel
   * line pins it by.
   */
  readonly fetchList: string;
  readonly fetchListSha256: string;
}

/**
 * The plan of a system from its files and our layer.
 * @param layer null without its busybox
 */
export function makeSystem(
  id: string,
  assets: readonly Asset[],
  layer: Uint8Array | null,
): SystemPlan {
  const wanted = assets.filter((asset) => isReachable(asset) || !isOptional(asset));
  const parts = partsOutOfReach(wanted);
  if (parts.length > 0 || layer === null) {
    const missing = parts.length === 0 ? `the busybox for ${id}` : `os/${id}`;
    const lacks = layer === null ? [...parts, 'busybox'] : parts;
    const nothing = { assets: [], layer: null, fetchList: '', fetchListSha256: sha256('') };
    return { id, missing, lacks, ...nothing };
  }
  const fetchList = fetchListOf(wanted, layer);
  const fetchListSha256 = sha256(fetchList);
  return { id, assets: wanted, layer, missing: null, lacks: [], fetchList, fetchListSha256 };
}

/** What people call the files that a boot needs. */
const PARTS: Readonly<Record<string, string>> = {
  vmlinuz: 'kernel',
  initrd: 'initrd',
  'rootfs.squashfs': 'root image',
};

/** The parts of a system that machines can get nowhere, whether or not the lock knows them. */
function partsOutOfReach(wanted: readonly Asset[]): string[] {
  const known = new Set(wanted.map(({ name }) => name));
  const unknown = BOOT_FILES.filter((name) => !known.has(name));
  const out = wanted.filter((asset) => !isReachable(asset)).map(({ name }) => name);
  const inOrder = [...BOOT_FILES.filter((name) => out.includes(name)), ...out];
  return [...new Set([...unknown, ...inOrder].map(partOf))];
}

function partOf(name: string): string {
  return PARTS[name] ?? (name.startsWith('debs/') ? 'kernel modules' : name);
}

/** Whether a machine can get the file, from here or from its publisher. The initramfs has no TLS. */
function isReachable(asset: Asset): boolean {
  if (asset.local !== null) return true;
  return asset.url !== null && (asset.url.startsWith('http://') || !isFetchedByInitramfs(asset));
}

function isFetchedByInitramfs(asset: Asset): boolean {
  return asset.name === 'rootfs.squashfs' || asset.name.startsWith('debs/') || isOptional(asset);
}

/** Firmware: all nodes can do without it, and diskless ones do. */
function isOptional({ name }: Asset): boolean {
  return name.startsWith('firmware/');
}

/** What a boot needs, then what only the disk needs: iPXE has loaded it, but leaves no file behind. */
function fetchListOf(assets: readonly Asset[], layer: Uint8Array): string {
  const ours = { name: PAYLOAD_LAYER, size: layer.length, sha256: sha256(layer), url: null };
  const loaded = assets.filter((asset) => asset.name === 'vmlinuz' || asset.name === 'initrd');
  return [...assets.filter(isFetchedByInitramfs), ...loaded, ours].map(fetchListLine).join('');
}

/** `<sha256> <bytes> <path> [<url>]`: what payload/initramfs reads. */
function fetchListLine({ sha256: hash, size, name, url }: Omit<Asset, 'local'>): string {
  const upstream = url?.startsWith('http://') ? ` ${url}` : '';
  return `${hash} ${size} ${name}${upstream}\n`;
}
