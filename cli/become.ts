// From root to another user: for a moment, or for good.
import { userInfo } from 'node:os';

declare global {
  namespace NodeJS {
    interface Process {
      /** Missing in @types/node. */
      initgroups?(user: string, extraGroup: number): void;
    }
  }
}

/** Its user and group number. */
export const ROOT = 0;

/** Whether this process has root's rights now. Not on Windows, which has no root. */
export function isRoot(): boolean {
  return process.geteuid?.() === ROOT;
}

/** An entry of the system's user database. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/** A user by number only: the owner of files from another computer, or in a container. */
export interface Stranger {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Looks up a user by name or number, wherever the system keeps its users; null if unknown.
 * Needs root, as Node.js can only say who we are.
 * @throws the system's EPERM if this root may not change users, as in some containers
 */
export function lookUpUser(who: string | number): User | null {
  try {
    process.seteuid?.(who);
    const { uid, gid, username, homedir } = userInfo();
    return { uid, gid, name: username, home: homedir };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPERM') throw error;
    return null;
  } finally {
    process.seteuid?.(ROOT);
  }
}

/**
 * Runs `look` with a user's rights, then becomes root again. Synchronous, as the whole process has
 * only that user's rights meanwhile.
 * @param user null: stay who we are
 */
export function asUser<T>(user: User | null, look: () => T): T {
  if (user === null) return look();
  process.initgroups?.(user.name, user.gid);
  process.setegid?.(user.gid);
  process.seteuid?.(user.uid);
  try {
    return look();
  } finally {
    process.seteuid?.(ROOT);
    process.setegid?.(ROOT);
  }
}

/**
 * Becomes a user for good, with that user's groups and home.
 * @throws if the process could still become root again
 */
export function becomeUser(user: User | Stranger): void {
  const { uid, gid } = user;
  if ('name' in user) process.initgroups?.(user.name, gid);
  else process.setgroups?.([gid]);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (mayBecomeRoot()) throw new Error(`root could not be dropped for user ${uid}`);
  // Who has no entry has no home: root's would be closed.
  const { name, home } = 'name' in user ? user : { name: String(uid), home: '/' };
  Object.assign(process.env, { HOME: home, USER: name, LOGNAME: name });
}

function mayBecomeRoot(): boolean {
  try {
    process.setuid?.(ROOT);
    return true;
  } catch {
    return false;
  }
}
