import { readFileSync } from 'node:fs';

/** What the comment at the top of a file says, in one line; empty without one. */
export function firstComment(path: string): string {
  const lines = readFileSync(path, 'utf8').split('\n');
  const end = lines.findIndex((line) => !line.startsWith('//'));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join(' ');
}
