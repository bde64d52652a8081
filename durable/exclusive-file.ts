// A lock where files cannot be locked: whoever makes the file has it. A crash leaves it behind.
import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { ownName } from './holder.ts';
import { removeOnExit } from './on-exit.ts';

/** Tokens of this process: its own id in a file may also be what one before it left. */
const own = new Set<string>();

/** @returns gives the lock up; null when another has it */
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
    // In one go: a signal in between would remove the file of whoever has it next.
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
 * Removes the file of a process that is surely dead. Only one process can make the marker of this very
 * file, and only that one removes it: none can take a file away that was made a moment ago.
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

/** The token of a file whose process is dead for sure: it must have been one that we would see. */
async function deadToken(path: string): Promise<string | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const [, pid, host, space, token = ''] = /^(\d+) (\S+) (\S+) ([\w-]{36})\n$/.exec(text) ?? [];
  if (host !== hostname() || space !== processSpace()) return null;
  if (Number(pid) === process.pid) return own.has(token) ? null : token;
  return isAlive(Number(pid)) ? null : token;
}

/** Where a process id means the same process: containers and reboots have ids of their own. */
function processSpace(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return '-';
  }
}

/** A process of another user answers EPERM: it lives. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
