// Reading nodes.yaml, byte for byte.
import { readFileSync } from 'node:fs';
import { inventoryUnreadable, notUtf8 } from './build-errors.ts';
import type { Source } from './faults.ts';

/**
 * Reads an inventory; a byte order mark stays part of its text.
 * @throws {UserError} when it is missing, unreadable or not UTF-8
 */
export function readInventoryFile(path: string): Source {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw inventoryUnreadable(path, error);
  }
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return { name: path, text: decoder.decode(bytes) };
  } catch {
    throw notUtf8(path);
  }
}
