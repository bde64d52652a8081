// Which k3s the nodes run: the release for nodes.yaml, and its files for each architecture.
import type { Arch } from '../contract/inventory.ts';
import type { MediaLock } from '../contract/media-lock.ts';
import type { K3sFile } from '../contract/node-config.ts';
import { publishedName } from '../contract/paths.ts';
import type { Asset } from './media.ts';

/** The release that `cluster.k3s` means; null while a channel is not resolved. */
export function k3sVersion(wanted: string, resolved: MediaLock['resolved']): string | null {
  return resolved[`k3s ${wanted}`] ?? (/^v\d+\.\d+\.\d+/.test(wanted) ? wanted : null);
}

/**
 * What a node of an architecture needs of a release; empty unless its binary is locked.
 * @param assets of `k3s/<version>/`
 */
export function k3sFiles(version: string, assets: readonly Asset[], arch: Arch): K3sFile[] {
  const binary = `k3s-${arch}`;
  const images = `k3s-airgap-images-${arch}.`;
  const ours = assets.filter(({ name }) => name === binary || name.startsWith(images));
  if (!ours.some(({ name }) => name === binary)) return [];
  return ours.map(({ name, sha256, size, url }) => ({
    path: `${version}/${name === binary ? 'k3s' : name}`,
    url_path: ['k3s', publishedName(version), name].map(encodeURIComponent).join('/'),
    url,
    sha256,
    size,
  }));
}
