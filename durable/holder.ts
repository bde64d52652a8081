// Who holds a lock, according to its file.
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';

export interface LockHolder {
  /** For people: `process 12`, `process 12 on nas`. */
  readonly name: string;
  /** The file to remove if that process is gone; null if the kernel releases the lock. */
  readonly leftover: string | null;
}

/** The end of a hint to wait: what to do if there is no such process. */
export function ifGone({ leftover }: LockHolder): string {
  return leftover === null ? '' : `; if there is no such process, remove ${leftover}`;
}

/** The start of a lock file: process and host. */
export function ownName(): string {
  return `${process.pid} ${hostname()}`;
}

/** The file may come from elsewhere: shows only what looks like a name. */
export async function readHolder(path: string, leftover: string | null): Promise<LockHolder> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host = ''] = /^(\d+) ([\w.-]+)\s/.exec(text) ?? [];
  if (pid === undefined) return { name: 'an unknown process', leftover };
  return { name: host === hostname() ? `process ${pid}` : `process ${pid} on ${host}`, leftover };
}
