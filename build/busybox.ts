// Temporary: replaced by the medium.
import { existsSync, readFileSync } from 'node:fs';
import type { Arch } from '../contract/inventory.ts';

export function findBusybox(folders: readonly string[], arch: Arch): Uint8Array | null {
  const path = folders
    .map((f) => `${f}/${arch === 'amd64' ? 'busybox' : 'none'}`)
    .find((p) => existsSync(p));
  return path === undefined ? null : readFileSync(path);
}
