// Whether a key is believed: pure. As with ssh's known hosts, the first key of a node is; another one is
// only if somebody allowed it.
import type { Enrolled, EnrollRequest } from '../../contract/enrolment.ts';
import type { InventoryFile, InventoryNode } from '../../contract/inventory.ts';

export interface Asking {
  readonly node: InventoryNode;
  readonly request: Pick<EnrollRequest, 'mac' | 'state'>;
  /** Where it asks from; null where that is not known. */
  readonly address: string | null;
  /** trust/public-key.ts */
  readonly key: { readonly pem: string; readonly fingerprint: string };
  /** When. */
  readonly at: Date;
  /** The set of secrets that it has proved to work with; null: none. */
  readonly uses: string | null;
}

export interface Policy {
  /** `cluster.enroll`. */
  readonly enroll: InventoryFile['enroll'];
  /** Whether state/ is the folder that belongs to secrets/: nodes without a record are really new. */
  readonly isOpen: boolean;
}

/** Why a key was pinned; null: it already was. */
export type Pinning = 'first key' | 'let in' | 'wipe' | 'enroll: always' | null;

export type Decision =
  /** It gets its secrets, once `record` is written; null: nothing to write. */
  | { readonly kind: 'answer'; readonly pinning: Pinning; readonly record: Enrolled | null }
  /** A node without a disk: believed, and nothing is kept. */
  | { readonly kind: 'diskless' }
  /** nodes.yaml gives it a disk, but it says that it has none. */
  | { readonly kind: 'no-state' }
  | { readonly kind: 'closed' }
  | { readonly kind: 'other-key'; readonly pinned: Pinned; readonly record: Enrolled | null };

export type Pinned = NonNullable<Enrolled['pinned']>;

/** A refused key is noted again after this long: whoever asks must not keep the disk busy. */
const REFUSED_AGAIN_MS = 60_000;

/** @param before what is remembered of the node; null: nothing */
export function decide(asking: Asking, before: Enrolled | null, policy: Policy): Decision {
  const { node, request, key } = asking;
  if (node.diskless === true) return { kind: 'diskless' };
  if (request.state === null) return { kind: 'no-state' };
  const pinned = before?.pinned ?? null;
  if (before === null || pinned === null) return decideFirst(asking, before, policy);
  if (pinned.key === key.pem)
    return { kind: 'answer', pinning: null, record: refreshed(asking, before, pinned) };
  const pinning = whyAnother(asking, before, pinned, policy);
  if (pinning !== null) return pin(asking, pinning);
  return { kind: 'other-key', pinned, record: noted(asking, before) };
}

function decideFirst(asking: Asking, before: Enrolled | null, { isOpen }: Policy): Decision {
  if (before !== null && before.admitted !== null) return pin(asking, 'let in');
  return isOpen ? pin(asking, 'first key') : { kind: 'closed' };
}

function whyAnother(
  { node }: Asking,
  { admitted }: Enrolled,
  pinned: Pinned,
  { enroll }: Policy,
): Pinning {
  if (admitted !== null) return 'let in';
  if ((node.wipe ?? null) !== pinned.wipe) return 'wipe';
  return enroll === 'always' ? 'enroll: always' : null;
}

function pin({ node, request, address, key, at, uses }: Asking, pinning: Pinning): Decision {
  const { name, role, wipe = null } = node;
  const pinned: Pinned = {
    at: at.toISOString(),
    address,
    fingerprint: key.fingerprint,
    mac: request.mac,
    role,
    state: request.state,
    key: key.pem,
    wipe,
    ...(uses !== null && { uses }),
  };
  const record: Enrolled = { version: 1, name, pinned, admitted: null, refused: null };
  return { kind: 'answer', pinning, record };
}

/**
 * Null: nothing has changed. `admitted` and `wipe` stay: they wait for another key, and the old disk may
 * still ask meanwhile.
 */
function refreshed({ node, request, address, uses }: Asking, before: Enrolled, pinned: Pinned) {
  const { role } = node;
  const { mac, state } = request;
  // Older nodes do not say; that takes nothing back.
  const used = uses ?? pinned.uses;
  const isSame =
    pinned.address === address &&
    pinned.role === role &&
    pinned.mac === mac &&
    pinned.state === state &&
    pinned.uses === used;
  if (isSame) return null;
  const now = { ...pinned, address, role, mac, state };
  return { ...before, pinned: used === undefined ? now : { ...now, uses: used } };
}

/** The record with this refusal; null: it has a recent one. */
function noted({ address, key, at }: Asking, before: Enrolled): Enrolled | null {
  const age = at.getTime() - Date.parse(before.refused?.at ?? '');
  // A clock that was set back must not keep it from being noted.
  if (age >= 0 && age < REFUSED_AGAIN_MS) return null;
  const refused = { at: at.toISOString(), address, fingerprint: key.fingerprint };
  return { ...before, refused };
}
