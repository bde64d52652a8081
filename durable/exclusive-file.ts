// A lock for file systems without locking: creating the file takes it. A crash leaves it behind.
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { ownName } from './holder.ts';
import { removeOnExit } from './on-exit.ts';

/** Tokens of this process: its pid in a file may also be from an earlier process. */
const own = new Set<string>();

/** @returns a function that releases the lock; null when it is held */
export async function takeExclusiveFile(path: string): Promise<(() => void) | null> {
  const token = randomUUID();
  own.add(token);
  let isOurs = false;
  try {
    isOurs = await makeOwn(path, `${ownName()} ${processSpace()} ${token}\n`);
  } finally {
    if (!isOurs) own.delete(token);
  }
  if (!isOurs) return null;
  const forget = removeOnExit(path);
  return () => {
    // Without a break: a signal in between would remove the next holder's file.
    forget();
    rmSync(path, { force: true });
    own.delete(token);
  };
}

async function makeOwn(path: string, text: string): Promise<boolean> {
  if (await isMade(path, text)) return true;
  await clearLeftover(path);
  return isMade(path, text);
}

async function isMade(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return null;
    throw error;
  });
  if (file === null) return false;
  try {
    await file.writeFile(text);
    return true;
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}

/**
 * Removes the file of a process that is certainly dead. Only one process can create the marker for this
 * very file, and only that one removes it, so a newly created file is safe.
 */
async function clearLeftover(path: string): Promise<void> {
  const token = await deadToken(path);
  if (token === null) return;
  const marker = `${path}.${token}`;
  if (!(await isMade(marker, ''))) return;
  try {
    if ((await deadToken(path)) === token) await rm(path, { force: true });
  } finally {
    await rm(marker, { force: true });
  }
}

/** The token of a file whose process is certainly dead: one that we could see if it were alive. */
async function deadToken(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host, space, token = ''] = /^(\d+) (\S+) (\S+) ([\w-]{36})\n$/.exec(text) ?? [];
  if (host !== hostname() || space !== processSpace()) return null;
  if (Number(pid) === process.pid) return own.has(token) ? null : token;
  return isAlive(Number(pid)) ? null : token;
}

/** The scope of a process id: containers and reboots have their own. */
function processSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '-';
  }
}

/** EPERM means another user's process, which is alive. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
