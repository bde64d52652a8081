// Whether this process may read from its terminal. One in the background (`npm start &`) that tries is
// stopped by the kernel (SIGTTIN), and would serve nobody.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Also false where that cannot be told. */
export function isInForeground(): boolean {
  try {
    if (process.platform === 'linux') return foregroundIn(readFileSync('/proc/self/stat', 'utf8'));
    const words = ['-o', 'stat=', '-p', String(process.pid)];
    return execFileSync('ps', words, { encoding: 'utf8', timeout: 1000 }).includes('+');
  } catch {
    return false;
  }
}

/** @param stat of proc(5): the name is in brackets, and may have any characters */
export function foregroundIn(stat: string): boolean {
  const [, , group, , , terminalGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return group !== undefined && group === terminalGroup;
}
