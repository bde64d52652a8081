// Which sightings may end what is known of a boot. Anyone can send a DHCP packet in a node's name, so
// that alone must not turn a ready node into a stuck one. A real boot soon shows more: it fetches files.
import type { Machine } from './machine.ts';
import type { Sighting } from './sighting.ts';
import { isAfter } from './stage-of.ts';

/** Whether a sighting of a machine, or of another card of its node, is too easily forged to count. */
export function isOverruled(machine: Machine, sighting: Sighting): boolean {
  // Until it has its script, nothing is lost: the next real request sets it right.
  if (!isAfter(machine.stage, 'script')) return false;
  if (sighting.kind === 'dhcp') return true;
  if (sighting.kind === 'said' || sighting.doubt === undefined) return false;
  return sighting.doubt === 'packet' || sighting.address !== machine.address;
}
