// What commands read of a build: the inventory in dist/, and the secrets that nodes get.
import { join } from 'node:path';
import { readIssued } from '../build/issued.ts';
import { readKept } from '../build/read-text.ts';
import { type InventoryFile, parseInventoryFile } from '../contract/inventory.ts';
import { ISSUED, type Issued } from '../contract/issued.ts';
import { INVENTORY } from '../contract/paths.ts';
import { UserError } from '../messages/user-error.ts';

/** @param command its name, for the message */
export function notBuilt(command: string, dist: string): UserError {
  return new UserError(
    `${command}: ${dist} is not a built tree\n  hint: run ./homepbp build, or give another folder with --dist`,
  );
}

/** @throws {UserError} if there is none, or it is damaged */
export function readBuiltInventory(command: string, dist: string): InventoryFile {
  const path = join(dist, INVENTORY);
  const text = readKept(path);
  if (text === null) throw notBuilt(command, dist);
  return parseInventoryFile(text, path);
}

/**
 * @param secrets the folder secrets/
 * @throws {UserError} if there are none, or the file is damaged
 */
export function requireIssued(command: string, secrets: string): Issued {
  const path = join(secrets, ISSUED);
  const issued = readIssued(path, readKept);
  if (issued !== null) return issued;
  throw new UserError(
    `${command}: ${path} is missing\n  hint: run ./homepbp build, or give another folder with --secrets`,
  );
}
