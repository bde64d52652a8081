// What the build wrote beside the page. All paths are relative: the tree may lie in any folder.
import type { InventoryFile } from '../../contract/inventory.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { INVENTORY, MANIFEST, type NodeFile, previewPath } from '../../contract/paths.ts';

export interface Tree {
  readonly inventory: InventoryFile;
  readonly manifest: Manifest;
}

/** @throws what the browser says, or which file is missing */
export async function readTree(): Promise<Tree> {
  const [inventory, manifest] = await Promise.all([read(INVENTORY), read(MANIFEST)]);
  return { inventory: await inventory.json(), manifest: await manifest.json() };
}

/** A node's file with its secrets masked. */
export async function readPreview(mac: string, file: NodeFile): Promise<string> {
  return (await read(previewPath(mac, file))).text();
}

async function read(path: string): Promise<Response> {
  // A build replaces files in place.
  const response = await fetch(path, { cache: 'no-cache' });
  if (response.ok) return response;
  throw new Error(`${path}: the server says ${response.status} ${response.statusText}`);
}
