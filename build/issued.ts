// What nodes get when they enrol, and whether state/ belongs to it.
import { randomBytes } from 'node:crypto';
import { type Enrolment, parseEnrolment } from '../contract/enrolment.ts';
import { type Issued, parseIssued } from '../contract/issued.ts';
import type { ReadText } from './read-text.ts';
import { hasSecrets, type Secrets } from './secrets.ts';

/** @throws {UserError} when it is damaged or cannot be read */
export function readIssued(path: string, readKept: ReadText): Issued | null {
  const text = readKept(path);
  return text === null ? null : parseIssued(text, path);
}

/** The file as it is while it has these secrets; otherwise a new one, with random ids. */
export function nextIssued(before: Issued | null, secrets: Secrets): Issued {
  const newest = before?.sets[0];
  if (before !== null && newest !== undefined && hasSecrets(newest, secrets)) return before;
  return {
    version: 1,
    project: randomId(),
    passwordKey: secrets.peerKey,
    sets: [{ id: randomId(), ...secrets }],
  };
}

/** 16 hex digits. */
export function randomId(): string {
  return randomBytes(8).toString('hex');
}

/** The text of state/enrolment.json that lets the nodes of a project in. */
export function enrolmentText({ project }: Issued): string {
  return jsonText({ version: 1, project } satisfies Enrolment);
}

export function jsonText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * What to say of a state folder without the records of the nodes that had enrolled; null for one that has them.
 * @param path of state/enrolment.json
 * @throws {UserError} when it is damaged or cannot be read
 */
export function lostState({ project }: Issued, path: string, readKept: ReadText): string | null {
  const text = readKept(path);
  if (text !== null && parseEnrolment(text, path).project === project) return null;
  const why = text === null ? `${path} is missing` : `${path} belongs to another project`;
  return (
    `warning: ${why}: which nodes have enrolled is not known here, so none without a record in it gets secrets\n` +
    '  hint: copy state/ from where it was (docs/moving.md); if it is lost: ./homepbp enroll --all'
  );
}
