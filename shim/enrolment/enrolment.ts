// Which node gets which secrets: pins the first key of a node and seals its secrets to it.
import { join } from 'node:path';
import {
  ENROLMENT,
  type EnrollAnswer,
  type Enrolled,
  type EnrollRequest,
  parseEnrolment,
} from '../../contract/enrolment.ts';
import type { InventoryFile, InventoryNode } from '../../contract/inventory.ts';
import { ISSUED, type Issued, type SecretSet } from '../../contract/issued.ts';
import type { EnrolmentView } from '../../contract/timeline.ts';
import { peerKeyOf, secretsFor } from '../../trust/node-secrets.ts';
import { proof, proves } from '../../trust/proof.ts';
import type { PublicKey } from '../../trust/public-key.ts';
import { seal } from '../../trust/seal.ts';
import { notRemembered } from '../api/api-errors.ts';
import { noSecrets } from '../api/enroll-errors.ts';
import type { Log } from '../log.ts';
import { type EnrolledRecords, openEnrolled } from '../state/enrolled.ts';
import { readState } from '../state/read-state.ts';
import { type Asking, type Decision, decide, type Policy } from './decide.ts';
import type { IssuedReader } from './issued.ts';
import { lineOf, refusalOf } from './tell.ts';
import { createEnrolmentViews, type EnrolmentViews } from './views.ts';

export interface EnrolmentOptions {
  /** The folder secrets/, for messages. */
  readonly secrets: string;
  /** The state folder. */
  readonly state: string;
  readonly issued: IssuedReader;
  readonly inventory: () => InventoryFile | null;
  readonly log: Log;
  /** A node's key was refused. */
  readonly onRefused: (name: string) => void;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A refused node keeps asking: its refusals are logged once a minute. */
const REFUSED_LINE_MS = 60_000;

export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #records: EnrolledRecords;
  readonly #views: EnrolmentViews;
  /** When refusals were last logged, by event and node. */
  readonly #told = new Map<string, number>();
  /** Of nodes without a disk: nothing is written of them. */
  readonly #diskless = new Map<string, EnrolmentView>();

  constructor(options: EnrolmentOptions) {
    const { state, log } = options;
    this.#options = options;
    this.#records = openEnrolled(state);
    const onFault = (reason: string) => log({ area: 'shim', event: 'state', fields: { reason } });
    this.#views = createEnrolmentViews(state, this.#records, onFault);
  }

  /** For the page. */
  view(name: string, now: number): EnrolmentView {
    return this.#diskless.get(name) ?? this.#views.of(name, now);
  }

  /**
   * A node's secrets, sealed to the key that it shows, once that is pinned on the disk.
   * @throws {HttpFault} with the sentence for the node
   */
  async enroll(
    request: EnrollRequest,
    key: PublicKey,
    node: InventoryNode,
    address: string | null,
  ): Promise<EnrollAnswer> {
    const issued = this.#options.issued();
    const newest = issued?.sets[0];
    if (issued === null || newest === undefined) throw noSecrets();
    const at = new Date(this.#options.now());
    const asking = { node, request, address, key, at, uses: usedBy(node, request, issued) };
    const decision = await this.#decide(asking, this.#policy(issued));
    this.#tell(asking, decision);
    const refusal = refusalOf(node, decision);
    if (refusal !== null) throw refusal;
    return answerTo(request, key, node, newest, issued);
  }

  /** What people should know before any node asks; empty: all is well. */
  faults(): string[] {
    const { secrets, state, issued } = this.#options;
    const has = issued();
    if (has === null) {
      return [`no node can enrol without ${join(secrets, ISSUED)}: run ./homepbp build`];
    }
    const why = whyClosed(state, has.project);
    if (why === null) return [];
    return [
      `${why}: nodes that are not enrolled yet are refused; bring back the state folder that belongs to ${secrets}, ` +
        'or, if it is lost, run ./homepbp enroll --all',
    ];
  }

  #policy({ project }: Issued): Policy {
    const { state, inventory } = this.#options;
    return { enroll: inventory()?.enroll, isOpen: whyClosed(state, project) === null };
  }

  async #decide(asking: Asking, policy: Policy): Promise<Decision> {
    let decision = decide(asking, null, policy);
    if (decision.kind === 'diskless' || decision.kind === 'no-state') return decision;
    const change = (before: Enrolled | null) => {
      decision = decide(asking, before, policy);
      return 'record' in decision ? decision.record : null;
    };
    try {
      await this.#records.update(asking.node.name, change);
    } catch (error) {
      // A refused node still gets its refusal, even if that cannot be recorded.
      if (decision.kind !== 'other-key') throw notRemembered(error);
    }
    return decision;
  }

  #tell(asking: Asking, decision: Decision): void {
    const { log, onRefused } = this.#options;
    const { node, address, key, at } = asking;
    const isRefused = refusalOf(node, decision) !== null;
    if (isRefused) onRefused(node.name);
    if (decision.kind === 'diskless') {
      const pinned = { since: at.getTime(), address, fingerprint: key.fingerprint };
      this.#diskless.set(node.name, { pinned, refused: null });
    } else this.#diskless.delete(node.name);
    const line = lineOf(asking, decision);
    if (line === null) return;
    const last = this.#told.get(`${line.event} ${node.name}`) ?? Number.NEGATIVE_INFINITY;
    if (isRefused && Math.abs(at.getTime() - last) < REFUSED_LINE_MS) return;
    this.#told.set(`${line.event} ${node.name}`, at.getTime());
    log(line);
  }
}

/** Why no new key is believed; null: they are. */
function whyClosed(state: string, project: string): string | null {
  const path = join(state, ENROLMENT);
  try {
    const enrolment = readState(path, parseEnrolment);
    if (enrolment === null) return `${path} is missing`;
    return enrolment.project === project ? null : `${path} is another project's`;
  } catch (error) {
    return (error as Error).message.split('\n')[0] ?? '';
  }
}

/** A node without a disk cannot be a server, whatever an inventory made by hand says. */
function asServed({ name, role, diskless }: InventoryNode) {
  return { name, role: diskless === true ? 'agent' : role } as const;
}

/** The set that the node works with; null if it names none, or its proof is wrong. */
function usedBy(
  node: InventoryNode,
  { nonce, uses }: EnrollRequest,
  { sets }: Issued,
): string | null {
  const set = sets.find(({ id }) => id === uses?.set);
  if (uses === undefined || set === undefined) return null;
  const key = peerKeyOf(asServed(node), set.peerKey);
  return proves(uses.proof, key, 'uses', nonce, set.id) ? set.id : null;
}

function answerTo(
  { nonce }: EnrollRequest,
  key: PublicKey,
  node: InventoryNode,
  newest: SecretSet,
  { sets, passwordKey }: Issued,
): EnrollAnswer {
  const whom = asServed(node);
  const secrets = { ...secretsFor(whom, newest, { passwordKey }), kept: sets.map(({ id }) => id) };
  const sealed = seal(JSON.stringify(secrets), key);
  const proofs = sets.map(({ peerKey }) =>
    proof(peerKeyOf(whom, peerKey), 'enroll', nonce, sealed.tag),
  );
  return { version: 1, sealed, proofs };
}
