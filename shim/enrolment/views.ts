// What people see of each node's enrolment. The records are read again when one has changed, whoever
// changed it.
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ENROLLED, type Enrolled } from '../../contract/enrolment.ts';
import type { EnrolmentView } from '../../contract/timeline.ts';
import type { EnrolledRecords } from '../state/enrolled.ts';

/** A refusal is shown this long after its last attempt; the record keeps it. */
const SHOWN_MS = 7 * 24 * 60 * 60 * 1000;

/** Within one tick of a file system's clock, a second change leaves the folder's time as it is. */
const COARSEST_TICK_MS = 2000;

export const NOT_ENROLLED: EnrolmentView = { pinned: null, refused: null };

export interface EnrolmentViews {
  /** @param now milliseconds since 1970 */
  of(name: string, now: number): EnrolmentView;
}

/**
 * @param folder the state folder
 * @param onFault called once with each reason why a record cannot be read
 */
export function createEnrolmentViews(
  folder: string,
  records: Pick<EnrolledRecords, 'read'>,
  onFault: (reason: string) => void,
): EnrolmentViews {
  const known = new Map<string, Enrolled | null>();
  const told = new Set<string>();
  let stamp = '';
  let looked = Number.NaN;
  /** Forgets the records if any has changed; looks once in a millisecond, however many nodes are asked for. */
  const look = (now: number) => {
    if (now === looked) return;
    looked = now;
    const latest = stampOf(join(folder, ENROLLED), now);
    if (latest !== stamp) known.clear();
    stamp = latest;
  };
  const read = (name: string): Enrolled | null => {
    try {
      return records.read(name);
    } catch (error) {
      const { message } = error as Error;
      if (!told.has(message)) onFault(message);
      told.add(message);
      return null;
    }
  };
  return {
    of(name, now) {
      look(now);
      let record = known.get(name);
      if (record === undefined) {
        record = read(name);
        known.set(name, record);
      }
      return record === null ? NOT_ENROLLED : viewOf(record, now);
    },
  };
}

/** Records are renamed into place, which changes the time of their folder. */
function stampOf(path: string, now: number): string {
  try {
    const { ino, mtimeMs } = statSync(path);
    const isSettled = Math.abs(now - mtimeMs) > COARSEST_TICK_MS;
    return `${ino} ${mtimeMs} ${isSettled ? '' : now}`;
  } catch {
    return '';
  }
}

function viewOf({ pinned, refused }: Enrolled, now: number): EnrolmentView {
  const isShown = refused !== null && now - Date.parse(refused.at) < SHOWN_MS;
  return {
    pinned: pinned && {
      since: Date.parse(pinned.at),
      address: pinned.address,
      fingerprint: pinned.fingerprint,
    },
    refused: isShown ? { at: Date.parse(refused.at), address: refused.address } : null,
  };
}
