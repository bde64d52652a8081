// What ./homepbp enroll says of nodes and their keys.
import type { Enrolled } from '../contract/enrolment.ts';
import type { InventoryFile, InventoryNode } from '../contract/inventory.ts';
import { dateText, enrollCommand } from '../messages/enrolment.ts';
import { escaped } from '../messages/escaped.ts';

/** A node whose next key is let in. */
export function admittedText(name: string, record: Enrolled | null): string {
  const pinned = record?.pinned ?? null;
  const until = pinned === null ? '' : `; until it comes, ${pinned.fingerprint} stays`;
  return `${escaped(`${name}: its next new key is let in, once${until}`)}\n`;
}

/**
 * Every node, since when and from where it has enrolled, and what was refused.
 * @param read the record of a node
 * @param isOpen whether a node without a record may enrol
 */
export function enrolmentList(
  { enroll, nodes }: InventoryFile,
  read: (name: string) => Enrolled | null,
  isOpen: boolean,
): string {
  const always = enroll === 'always' ? ['cluster.enroll: always: each new key is believed'] : [];
  const width = Math.max(4, ...nodes.map(({ name }) => name.length));
  const lines = nodes.flatMap((node) => {
    const [first, ...more] = linesOf(node, read(node.name), isOpen);
    return [`  ${node.name.padEnd(width)}  ${first}`, ...more.map((line) => `      ${line}`)];
  });
  return `${[...always, ...lines].map(escaped).join('\n')}\n`;
}

function linesOf(node: InventoryNode, record: Enrolled | null, isOpen: boolean): string[] {
  if (node.diskless === true) return ['no disk: its key is new at each boot, and believed'];
  const { pinned = null, admitted = null, refused = null } = record ?? {};
  const letIn =
    admitted === null || pinned === null
      ? []
      : [`its next new key is let in (${dateOf(admitted)})`];
  const wiped = pinned !== null && pinned.wipe !== (node.wipe ?? null);
  const another = wiped && admitted === null ? ['its next new key is let in (wipe:)'] : [];
  const again = refused === null ? [] : [refusedText(node.name, refused)];
  return [
    pinned === null ? notEnrolled(isOpen || admitted !== null) : pinnedText(pinned),
    ...letIn,
    ...another,
    ...again,
  ];
}

function notEnrolled(isExpected: boolean): string {
  return isExpected
    ? 'not enrolled: its first key is believed'
    : 'not enrolled: no key is believed';
}

type Pinned = NonNullable<Enrolled['pinned']>;

function pinnedText({ at, address, fingerprint }: Pinned): string {
  return `enrolled since ${dateOf(at)}${fromText(address)}, ${fingerprint}`;
}

function refusedText(name: string, refused: NonNullable<Enrolled['refused']>): string {
  const { at, address, fingerprint } = refused;
  const key = `REFUSED another key on ${dateOf(at)}${fromText(address)}, ${fingerprint}`;
  return `${key}: if its disk was replaced or wiped, run ${enrollCommand(name)}`;
}

function fromText(address: string | null): string {
  return address === null ? '' : `, from ${address}`;
}

function dateOf(iso: string): string {
  return dateText(Date.parse(iso));
}
