// state/enrolled/<name>.json: which key each node is pinned to. The shim and `./homepbp enroll` both change
// these records, so each change is made under a lock, on what the file says then.
import { join } from 'node:path';
import {
  ENROLLED_LOCK,
  ENROLLED_WAIT,
  type Enrolled,
  enrolledPath,
  parseEnrolled,
} from '../../contract/enrolment.ts';
import type { LockHolder } from '../../durable/holder.ts';
import { withLock } from '../../durable/lock.ts';
import { readState } from './read-state.ts';
import { busyState, otherRecord, stateNotWritten } from './state-errors.ts';
import { writeState } from './write-state.ts';

export interface EnrolledRecords {
  /** A node's record; null: there is none. @throws {UserError} when it is damaged or cannot be read */
  read(name: string): Enrolled | null;
  /**
   * Replaces a node's record, whole and synced, by what `change` makes of it.
   * @param change null: nothing is written. It must not wait.
   * @returns what the file says in the end
   * @throws {UserError} when it cannot be read or written; the old one is then untouched
   */
  update(
    name: string,
    change: (before: Enrolled | null) => Enrolled | null,
  ): Promise<Enrolled | null>;
}

/**
 * @param folder the state folder; created when something is to be written
 * @param wait milliseconds to wait for another process that is writing
 */
export function openEnrolled(folder: string, wait = ENROLLED_WAIT): EnrolledRecords {
  const pathOf = (name: string) => join(folder, enrolledPath(plain(name)));
  const read = (name: string) => readRecord(pathOf(name), name);
  let last: Promise<unknown> = Promise.resolve();
  const write: EnrolledRecords['update'] = (name, change) => {
    const path = pathOf(name);
    const lock = join(folder, ENROLLED_LOCK);
    const options = {
      wait,
      refused: (holder: LockHolder) => busyState(path, holder),
      unwritable: (cause: unknown) => stateNotWritten(lock, cause),
    };
    return withLock(lock, options, async () => {
      const before = read(name);
      const after = change(before);
      if (after === null) return before;
      await writeState(path, `${JSON.stringify(after, null, 2)}\n`);
      return after;
    });
  };
  return {
    read,
    // One at a time, in the order of the calls: those of one process need not contend for the lock.
    update(name, change) {
      const updated = last.then(() => write(name, change));
      last = updated.catch(() => {});
      return updated;
    },
  };
}

function readRecord(path: string, name: string): Enrolled | null {
  const record = readState(path, parseEnrolled);
  if (record !== null && record.name !== name) throw otherRecord(path, record.name);
  return record;
}

/** Names of nodes are host names; this one might come from elsewhere. */
function plain(name: string): string {
  if (!/^[a-z\d][a-z\d.-]*$/i.test(name)) throw new RangeError('not the name of a node');
  return name;
}
