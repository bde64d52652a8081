// How far a rotation is, by what nodes have proved when they last asked Genesis.
import type { Enrolled } from '../contract/enrolment.ts';
import type { InventoryNode } from '../contract/inventory.ts';
import type { Issued } from '../contract/issued.ts';
import type { Rotation } from '../contract/status.ts';

/** @param read the record of a node */
export function rotationOf(
  { sets }: Issued,
  nodes: readonly InventoryNode[],
  read: (name: string) => Enrolled | null,
): Rotation {
  const newest = sets[0]?.id;
  const isDone = ({ name }: InventoryNode) => read(name)?.pinned?.uses === newest;
  const known = nodes.filter(({ diskless }) => diskless !== true);
  const namesOf = (some: readonly InventoryNode[]) => some.map(({ name }) => name);
  return {
    done: namesOf(known.filter(isDone)),
    waiting: namesOf(known.filter((node) => !isDone(node))),
    unknown: namesOf(nodes.filter(({ diskless }) => diskless === true)),
  };
}

/** One to three lines, not escaped. */
export function rotationLines({ done, waiting, unknown }: Rotation): string[] {
  const all = done.length + waiting.length;
  return [
    `rotation: ${done.length} of ${all} nodes work with the new secrets`,
    ...(waiting.length === 0
      ? []
      : [`  not yet, as far as they have told Genesis: ${waiting.join(' ')}`]),
    ...(unknown.length === 0 ? [] : [`  not known, as they have no disk: ${unknown.join(' ')}`]),
  ];
}
