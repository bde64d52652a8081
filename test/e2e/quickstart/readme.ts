// The commands of README's quick start, as somebody would type them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');

/** The lines of its block, without comments; what people do by hand is a comment alone, and left out. */
export function quickStart(readme = readFileSync(join(ROOT, 'README.md'), 'utf8')): string[] {
  const [, block = ''] = /^## Quick start\n+```sh\n(.*?)^```/ms.exec(readme) ?? [];
  return block
    .split('\n')
    .map((line) => line.replace(/(^|\s)#.*/, '').trim())
    .filter((line) => line !== '');
}
