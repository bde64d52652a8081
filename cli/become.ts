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

export const ROOT = 0;

/** An entry of the system's user database. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  readonly name: string;
  readonly home: string;
}

/**
 * The user of a name or a number, wherever the system keeps its users; null when there is none.
 * Needs root: the only question that Node.js lets us ask is who we are.
 * @throws the system's EPERM when this is a root that may not be others, as in some containers
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
 * Looks at files with the rights of a user, as root, and is root again. Synchronous: meanwhile all
 * of this process has that user's rights only.
 * @param user null: as who we are
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
 * Is a user from now on, with that one's groups and home; there is no way back to root.
 * @throws when there is one all the same
 */
export function becomeUser({ uid, gid, name, home }: User): void {
  process.initgroups?.(name, gid);
  process.setgid?.(gid);
  process.setuid?.(uid);
  if (mayBecomeRoot()) throw new Error(`root could not be dropped for ${name}`);
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
