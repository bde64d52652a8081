// A decision in words: the refusal that the node gets, and the line in the log.
import type { InventoryNode } from '../../contract/inventory.ts';
import { enrolledWithAnother } from '../../messages/enrolment.ts';
import { closedTo, hasNoState, otherKey } from '../api/enroll-errors.ts';
import type { HttpFault } from '../http/http-errors.ts';
import type { LogEvent } from '../log.ts';
import type { Asking, Decision } from './decide.ts';

/** The answer to a node that gets nothing; null: it gets its secrets. */
export function refusalOf(
  { name }: Pick<InventoryNode, 'name'>,
  decision: Decision,
): HttpFault | null {
  switch (decision.kind) {
    case 'answer':
    case 'diskless':
      return null;
    case 'closed':
      return closedTo(name);
    case 'no-state':
      return hasNoState(name);
    case 'other-key': {
      const { at, address } = decision.pinned;
      return otherKey(name, Date.parse(at), address);
    }
  }
}

/** A line for the log; null for the pinned key, which asks every few minutes. */
export function lineOf({ node, address, key }: Asking, decision: Decision): LogEvent | null {
  const about = { area: 'node', node: node.name } as const;
  const client = address ?? undefined;
  const { fingerprint } = key;
  switch (decision.kind) {
    case 'answer': {
      const why = decision.pinning;
      return why === null
        ? null
        : { ...about, event: 'enrolled', fields: { client, why, fingerprint } };
    }
    case 'diskless':
      return { ...about, event: 'enrolled', fields: { client, why: 'no disk', fingerprint } };
    case 'other-key': {
      const { at, address: first } = decision.pinned;
      const reason = enrolledWithAnother(Date.parse(at), first);
      return { ...about, event: 'ANOTHER KEY', fields: { client, reason, fingerprint } };
    }
    default:
      return {
        ...about,
        event: 'not enrolled',
        fields: { client, reason: refusalOf(node, decision)?.message, fingerprint },
      };
  }
}
