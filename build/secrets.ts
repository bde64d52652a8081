// The cluster's secrets: what k3s' servers and its agents join with, and the key that peers sign with.
// They are in secrets/ and nowhere in dist/; no message ever shows one.
import { randomBytes } from 'node:crypto';
import type { Issued, SecretSet } from '../contract/issued.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import { resolvePath } from './paths.ts';
import type { ReadText } from './read-text.ts';
import { matchesFingerprint } from './token-fingerprint.ts';

/** As in contract/issued.ts. */
export type Secrets = Omit<SecretSet, 'id'>;

const TOKEN_FILE = 'token';
const AGENT_TOKEN_FILE = 'agent-token';
const PEER_KEY_FILE = 'peer-key';
type OwnFile = typeof TOKEN_FILE | typeof AGENT_TOKEN_FILE | typeof PEER_KEY_FILE;

export interface ResolvedSecrets {
  readonly secrets: Secrets;
  /** New files of secrets/ and their contents. */
  readonly fresh: ReadonlyMap<string, string>;
  readonly faults: readonly Fault[];
}

/** Inputs from outside. */
export interface SecretSources {
  /** The folder secrets/. */
  readonly folder: string;
  /** What relative paths in the inventory are relative to. */
  readonly project: string;
  readonly home: string;
  readonly environment: NodeJS.ProcessEnv;
  /** For files that the inventory refers to. */
  readonly readText: ReadText;
  /** For files of secrets/; throws when one exists but cannot be read. */
  readonly readKept: ReadText;
}

/** What nodes may already have. */
export interface KnownSecrets {
  /** The token's in cluster.lock.json; null when it has none. */
  readonly fingerprint: string | null;
  /** secrets/issued/secrets.json; null when there is none. */
  readonly issued: Issued | null;
}

/**
 * The secrets that an inventory asks for. Missing `auto` ones are generated but not written: the
 * build does that once it can no longer fail.
 */
export function resolveSecrets(
  inventory: Inventory,
  sources: SecretSources,
  { fingerprint, issued }: KnownSecrets,
): ResolvedSecrets {
  const fresh = new Map<string, string>();
  const made = new Set<string>();
  const own = (file: OwnFile): string => {
    const known = sources.readKept(`${sources.folder}/${file}`)?.trim() ?? '';
    const next = known === '' ? randomBytes(32).toString('hex') : rotated(issued, file, known);
    if (next === known) return known;
    fresh.set(file, next);
    if (known === '') made.add(file);
    return next;
  };
  const reference = inventory.document.cluster.token;
  const offset = inventory.offsetOf(['cluster', 'token']);
  const { token, problem } =
    reference === 'auto'
      ? { token: own(TOKEN_FILE), problem: null }
      : readToken(reference, sources);
  const agentToken = own(AGENT_TOKEN_FILE);
  const peerKey = own(PEER_KEY_FILE);
  const isUpgrade = issued === null;
  const fault =
    problem ??
    tokenProblem(token) ??
    lockProblem(token, fingerprint, made.has(TOKEN_FILE)) ??
    peerKeyProblem(fingerprint, made.has(PEER_KEY_FILE)) ??
    agentTokenProblem(!isUpgrade && made.has(AGENT_TOKEN_FILE)) ??
    issuedProblem({ token, agentToken, peerKey }, issued);
  return {
    secrets: { token, agentToken, peerKey },
    fresh,
    faults: fault === null ? [] : [{ offset, ...fault }],
  };
}

/** Which secret a file holds that rotation changes. */
const ROTATED: Partial<Record<OwnFile, 'agentToken' | 'peerKey'>> = {
  [AGENT_TOKEN_FILE]: 'agentToken',
  [PEER_KEY_FILE]: 'peerKey',
};

/** What belongs into a file: a rotation that was interrupted has left the secret of an older set there. */
function rotated(issued: Issued | null, file: OwnFile, known: string): string {
  const key = ROTATED[file];
  const [newest, ...older] = issued?.sets ?? [];
  if (key === undefined || newest === undefined) return known;
  return older.some((set) => set[key] === known) ? newest[key] : known;
}

type Problem = { readonly message: string; readonly hint: string } | null;

/** The files of secrets/ that a rotation changes, each with its text. */
export function rotatedFiles(set: SecretSet): ReadonlyMap<string, string> {
  return new Map(Object.entries(ROTATED).map(([file, key]) => [file, set[key]]));
}

function readToken(reference: string, sources: SecretSources): { token: string; problem: Problem } {
  const variable = /^\$\{(\w+)\}$/.exec(reference)?.[1];
  if (variable !== undefined) {
    const isSet = Object.hasOwn(sources.environment, variable);
    const token = isSet ? (sources.environment[variable]?.trim() ?? '') : '';
    const message = `the environment variable ${variable} is not set`;
    return {
      token,
      problem: token === '' ? { message, hint: `run: ${variable}=… ./homepbp build` } : null,
    };
  }
  const token =
    sources.readText(resolvePath(reference, sources.project, sources.home))?.trim() ?? '';
  if (token !== '') return { token, problem: null };
  // The reference may be a token that somebody put here: do not show it.
  const message = "'token' is not a readable file";
  const hint =
    'do not put the token itself in nodes.yaml: use auto, ${NAME} for an environment variable, or a path';
  return { token, problem: { message, hint } };
}

/** `<password>`, or `K10<hash of the CA>::server:<password>` of a cluster that exists. */
function tokenProblem(token: string): Problem {
  const password = /^K10[0-9a-f]{64}::server:(.+)$/.exec(token)?.[1] ?? token;
  if (/^[a-z0-9]{6}\.[a-z0-9]{16}$/.test(password)) {
    const message =
      'the token looks like a kubeadm bootstrap token, which only agents can join with';
    return { message, hint: 'use another one: openssl rand -hex 32' };
  }
  if (!/^[\x21-\x7e]{16,512}$/.test(password) || password.includes('::')) {
    const message = 'the token is not a single word of 16 to 512 printable ASCII characters';
    return { message, hint: 'generate one: openssl rand -hex 32' };
  }
  return null;
}

function lockProblem(token: string, fingerprint: string | null, isFresh: boolean): Problem {
  if (fingerprint === null || (!isFresh && matchesFingerprint(token, fingerprint))) return null;
  const hint = RESTORE;
  if (isFresh) {
    const message =
      'secrets/token is gone, but cluster.lock.json records a token: a new one would lock the nodes out';
    return { message, hint };
  }
  return {
    message:
      'the token differs from the one recorded in cluster.lock.json: the nodes would be locked out',
    hint,
  };
}

const RESTORE =
  'restore secrets/ from your backup; if no machine has ever booted: ./homepbp build --never-booted';

/** With a new key, nodes that boot tomorrow could not talk to those that booted today. */
function peerKeyProblem(fingerprint: string | null, isFresh: boolean): Problem {
  if (fingerprint === null || !isFresh) return null;
  const message =
    'secrets/peer-key is gone, but cluster.lock.json records a token: with a new key the nodes could not talk to each other';
  return { message, hint: RESTORE };
}

/** Projects from before agents had a token of their own get one; it is made only once. */
function agentTokenProblem(isLost: boolean): Problem {
  if (!isLost) return null;
  const message =
    'secrets/agent-token is gone, but nodes may have it: a new one would lock the agents out';
  return { message, hint: RESTORE };
}

/** secrets/ was restored in part, or edited: servers would found with what no node gets. */
function issuedProblem(secrets: Secrets, issued: Issued | null): Problem {
  const newest = issued?.sets[0];
  const other = newest === undefined ? undefined : differing(newest, secrets);
  if (other === undefined) return null;
  const message = `the ${other} differs from the one in secrets/issued/secrets.json, which nodes may have`;
  return { message, hint: RESTORE };
}

/** Whether a set is of these secrets. */
export function hasSecrets(set: SecretSet, secrets: Secrets): boolean {
  return differing(set, secrets) === undefined;
}

/** The first secret that differs, by its name for people. */
function differing(set: SecretSet, secrets: Secrets): string | undefined {
  const names = { token: 'token', agentToken: 'agent token', peerKey: 'peer key' } as const;
  const keys = Object.keys(names) as (keyof typeof names)[];
  const other = keys.find((key) => set[key] !== secrets[key]);
  return other === undefined ? undefined : names[other];
}
