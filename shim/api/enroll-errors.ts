// Why a node does not get its secrets: one sentence each, which the node shows.
import { enrollCommand, enrolledWithAnother } from '../../messages/enrolment.ts';
import { HttpFault } from '../http/http-errors.ts';

/** Seconds after which a node may ask again. */
const SOON = { 'Retry-After': '10' };

export function enrolsTooOften(): HttpFault {
  return new HttpFault(429, 'too many enrolments', SOON);
}

/** No build has made them, or they cannot be read. */
export function noSecrets(): HttpFault {
  return new HttpFault(
    503,
    'this Genesis has no secrets: run ./homepbp build there; if that is done, its log says why',
    SOON,
  );
}

export function closedTo(name: string): HttpFault {
  return new HttpFault(
    403,
    `${name} is not enrolled, and no new key is believed: state/ on Genesis does not belong to its secrets/; ` +
      `if it is lost, run ${enrollCommand(name)} there, or ${enrollCommand('--all')}`,
  );
}

export function hasNoState(name: string): HttpFault {
  return new HttpFault(
    403,
    `${name} has a disk in nodes.yaml, but says that it runs without one; reboot it with the current build`,
  );
}

/** @param since when the pinned key came, milliseconds since 1970 */
export function otherKey(name: string, since: number, address: string | null): HttpFault {
  return new HttpFault(
    409,
    `${name} is ${enrolledWithAnother(since, address)}; ` +
      `if its disk was replaced or wiped, run ${enrollCommand(name)} on Genesis`,
  );
}
