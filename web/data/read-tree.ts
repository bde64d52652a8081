// What the build wrote next to the page. All paths are relative: the tree may be in any folder.
import type { z } from 'zod/mini';
import { type InventoryFile, inventorySchema } from '../../contract/inventory.ts';
import { type Manifest, manifestSchema } from '../../contract/manifest.ts';
import { parseJson } from '../../contract/parse.ts';
import { INVENTORY, MANIFEST, type NodeFile, previewPath } from '../../contract/paths.ts';

export interface Tree {
  readonly inventory: InventoryFile;
  readonly manifest: Manifest;
}

/** @throws {Error} with the browser's reason, or the file that is missing or damaged */
export async function readTree(): Promise<Tree> {
  const [inventory, manifest] = await Promise.all([read(INVENTORY), read(MANIFEST)]);
  return {
    inventory: parse(inventorySchema, await inventory.text(), INVENTORY),
    manifest: parse(manifestSchema, await manifest.text(), MANIFEST),
  };
}

function parse<Schema extends z.core.$ZodType>(schema: Schema, text: string, path: string) {
  try {
    return parseJson(schema, text);
  } catch (error) {
    throw new Error(`${path} is damaged: ${(error as Error).message}; run ./homepbp build`);
  }
}

/** A node's file without extra_user_data. */
export async function readPreview(mac: string, file: NodeFile): Promise<string> {
  return (await read(previewPath(mac, file))).text();
}

async function read(path: string): Promise<Response> {
  // A build replaces files in place.
  const response = await fetch(path, { cache: 'no-cache' });
  if (response.ok) return response;
  throw new Error(`${path}: the server returned ${response.status} ${response.statusText}`);
}
