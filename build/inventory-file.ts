// nodes.yaml as a file: read to the byte, replaced as a whole.
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { inventoryUnreadable, keepsakeFailed, notUtf8 } from './errors.ts';
import type { Source } from './faults.ts';

/**
 * Reads an inventory; a byte order mark stays part of its text.
 * @throws {UserError} when it is not there, cannot be read or is not UTF-8
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

/**
 * Writes an inventory by rename, so that it is the old or the new one at any moment. Its mode stays,
 * and a link to it stays a link.
 * @throws {UserError} when it cannot be written; the old one is then untouched
 */
export async function replaceInventoryFile(path: string, text: string): Promise<void> {
  let part: string | undefined;
  try {
    const there = statSync(path, { throwIfNoEntry: false });
    const target = there === undefined ? path : realpathSync(path);
    part = `${target}.part`;
    const handle = await open(part, 'w', 0o644);
    try {
      if (there !== undefined) await handle.chmod(there.mode & 0o777);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(part, target);
  } catch (error) {
    if (part !== undefined) await rm(part, { force: true }).catch(() => {});
    throw keepsakeFailed(path, error);
  }
}
