// Which user a command runs as that was started by root. Root is for binding ports only: anyone who could
// trick a root process into reading or writing a file could reach every file, and files that it leaves in
// a user's project would be in that user's way.
import { statSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Log } from '../shim/log.ts';
import { becomeUser, isRoot, lookUpUser, ROOT, type User } from './become.ts';
import { keepingBindRight } from './bind-right.ts';
import { ownerOutOfReach, rootIsBound, userUnknown, userWithoutRoot } from './owner-errors.ts';

/**
 * The user to become; null to stay who we are: not root, or root with root's own files.
 *
 * The first that exists of: `--user`; the user who called sudo; the owner of the folder that is served.
 * The last is for root's own shell and for services: a user's files are served with that user's rights.
 * If they are root's, nobody else could read them.
 * @param user `--user`: a name or a number
 * @param folder whose owner counts
 * @throws {UserError} if there is no such user, or we are not root and `--user` is someone else
 */
export function ownerOf(
  command: string,
  user: string | undefined,
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): User | null {
  if (!isRoot()) {
    if (user !== undefined && !isMe(user)) throw userWithoutRoot(command, user);
    return null;
  }
  const wanted = user ?? callerOf(environment) ?? folderOwner(folder);
  if (wanted === undefined) return null;
  const found = find(command, wanted);
  return found.uid === ROOT ? null : found;
}

function find(command: string, wanted: string): User {
  let found: User | null;
  try {
    found = lookUpUser(/^\d+$/.test(wanted) ? Number(wanted) : wanted);
  } catch (error) {
    throw rootIsBound(command, wanted, error);
  }
  if (found === null) throw userUnknown(command, wanted);
  return found;
}

/**
 * For commands that need no root: becomes the owner of the project for good, as what sudo made would be in
 * the owner's way ever after. Without root, or where the folder is root's own, nothing changes.
 * @param folder of the project
 * @throws {UserError} if this root may not become others
 */
export function actAsOwner(command: string, folder: string): void {
  if (!isRoot()) return;
  const { uid, gid } = statSync(folder, { throwIfNoEntry: false }) ?? { uid: ROOT, gid: ROOT };
  if (uid === ROOT) return;
  try {
    becomeUser(lookUpUser(uid) ?? { uid, gid });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EPERM') throw ownerOutOfReach(command, uid, folder, error);
    // In a user namespace that does not have this user, whose files look like nobody's.
    if (code !== 'EINVAL') throw error;
  }
}

/** Becomes the owner, if there is one to become; on Linux with the right to bind ports, for addresses that come later. */
export function dropRoot(owner: User | null, log: Log): void {
  if (owner === null) return;
  keepingBindRight(() => becomeUser(owner));
  log({ area: 'shim', event: 'dropped root', fields: { user: owner.name } });
}

/** Logs a warning if this still runs as root. */
export function warnOfRoot(log: Log): void {
  if (!isRoot()) return;
  const hint = 'the files belong to root; give them to a user, or name one with --user';
  log({ area: 'shim', event: 'runs as root', fields: { hint } });
}

function isMe(user: string): boolean {
  return user === String(process.getuid?.()) || user === userInfo().username;
}

/** Who called sudo, unless that was root itself. */
function callerOf({ SUDO_UID = '' }: NodeJS.ProcessEnv): string | undefined {
  return /^\d+$/.test(SUDO_UID) && Number(SUDO_UID) !== ROOT ? SUDO_UID : undefined;
}

function folderOwner(folder: string): string | undefined {
  return statSync(folder, { throwIfNoEntry: false })?.uid.toString();
}
