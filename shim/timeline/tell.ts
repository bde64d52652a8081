// The timeline's own lines in the log.
import type { Stuck } from '../../contract/timeline.ts';
import type { LogEvent } from '../log.ts';
import type { Said, Sighting } from './sighting.ts';
import type { Seen } from './timeline.ts';

/** A node that enters another stage or boots again, or a new unknown machine; otherwise null. */
export function lineOfSeen(
  { before, after }: Seen,
  sighting: Sighting,
  name: string | undefined,
): LogEvent | null {
  const client = after.address ?? undefined;
  if (name === undefined) {
    if (before !== null && before.booted === after.booted) return null;
    const { mac, arch, asked } = after;
    const fields = { mac, client, arch: arch ?? undefined, asked };
    return { area: 'node', event: 'unknown machine', fields };
  }
  if (sighting.kind === 'said') return lineOfCheckin(sighting, name);
  if (before?.stage === after.stage && before.booted === after.booted) return null;
  return { area: 'node', node: name, event: after.stage, fields: { client } };
}

function lineOfCheckin({ stage, message, error }: Said, node: string): LogEvent {
  const fields = { message: message || undefined, error: error ?? undefined };
  return { area: 'node', node, event: stage, fields };
}

/** A stuck node. */
export function lineOfStuck(node: string, { stage, since, hint }: Stuck, now: number): LogEvent {
  const seconds = Math.round((now - since) / 1000);
  return { area: 'node', node, event: 'stuck', fields: { stage, seconds, hint } };
}
