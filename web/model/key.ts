// What a card says about a node's key: pure.
import type { EnrolmentView } from '../../contract/timeline.ts';
import { dateText, enrollCommand, enrolledWithAnother } from '../../messages/enrolment.ts';
import { formatAgo } from './format.ts';

/** A key that was refused. */
export interface Refusal {
  readonly what: string;
  readonly hint: string;
  /** What lets the next key in. */
  readonly command: string;
}

/** For the details; empty: none is known. */
export function keyOf({ pinned }: EnrolmentView): string {
  if (pinned === null) return '';
  const from = pinned.address === null ? '' : ` from ${pinned.address}`;
  return `Enrolled on ${dateText(pinned.since)}${from}, key ${pinned.fingerprint}`;
}

/** @param now by Genesis' clock, ms. Null: no key was refused */
export function refusalOf(
  name: string,
  { pinned, refused }: EnrolmentView,
  now: number,
): Refusal | null {
  if (pinned === null || refused === null) return null;
  const where = refused.address === null ? '' : ` at ${refused.address}`;
  return {
    what: `Another key was refused: this node is ${enrolledWithAnother(pinned.since, pinned.address)}.`,
    hint: `Shown${where}, ${formatAgo(now - refused.at)}. If its disk was replaced or wiped, let the next key in; if not, a stranger has its address:`,
    command: enrollCommand(name),
  };
}
