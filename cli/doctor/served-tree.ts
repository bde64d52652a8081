// The tree as doctor looks for it on a web server: our own, or any other one.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InventoryFile } from '../../contract/inventory.ts';
import type { Manifest } from '../../contract/manifest.ts';
import type { Answer } from './ask-http.ts';

export interface ServedTree {
  /** Where the tree is served, without a slash at its end. */
  readonly base: string;
  /** Whether that is this computer; otherwise what is wrong cannot be fixed here. */
  readonly isHere: boolean;
  readonly dist: string;
  readonly inventory: InventoryFile;
  readonly manifest: Manifest;
}

/** The bytes of a file of the tree; none if it cannot be read, which is reported elsewhere. */
export async function builtFile({ dist }: ServedTree, name: string): Promise<Buffer> {
  return readFile(join(dist, name)).catch(() => Buffer.alloc(0));
}

/** Whether our own server gave an error: it names itself in the status line. */
export function isOurs({ phrase }: Answer): boolean {
  return phrase.startsWith('HomePBP: ');
}

/** `HTTP 404`, or what our own server says. */
export function said(answer: Answer): string {
  return isOurs(answer) ? `HTTP ${answer.status}, ${answer.phrase}` : `HTTP ${answer.status}`;
}

/** The first few of a list. */
export function some(names: readonly string[]): string {
  const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
  return names.slice(0, 3).join(', ') + more;
}
