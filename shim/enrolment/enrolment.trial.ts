// For tests: nodes' keys, what nodes ask, and how they open what they get.
import assert from 'node:assert/strict';
import {
  constants,
  createDecipheriv,
  createHmac,
  generateKeyPairSync,
  type KeyObject,
  pbkdf2Sync,
  privateDecrypt,
} from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type EnrollAnswer,
  enrollAnswerSchema,
  parseEnrolled,
  type Sealed,
} from '../../contract/enrolment.ts';
import { type NodeSecrets, nodeSecretsSchema } from '../../contract/node-secrets.ts';
import { parseJson } from '../../contract/parse.ts';
import { FILES, inventory, NONCE, nodes, openLive, SERVER, stateFile } from '../live.trial.ts';

export interface Pair {
  readonly privateKey: KeyObject;
  readonly pem: string;
}

function makePair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  return { privateKey, pem: publicKey.export({ type: 'spki', format: 'pem' }).toString() };
}

/** Made once: this takes a while. */
export const [ONE, TWO, THREE] = [makePair(), makePair(), makePair()];

export const STATE = '0f1e2d3c-0000-4000-8000-000000000001';

export const asking = ({ pem }: Pick<Pair, 'pem'>, more: object = {}) => ({
  ...{ version: 1, mac: SERVER, state: STATE, key: pem, nonce: NONCE },
  ...more,
});

/** As payload/trust/seal.py does it. */
export function unseal({ key, data, tag }: Sealed, { privateKey }: Pair): string {
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const sealed = Buffer.from(key, 'base64');
  const keys = privateDecrypt({ key: privateKey, padding, oaepHash: 'sha256' }, sealed);
  assert.equal(createHmac('sha256', keys.subarray(32)).update(data).digest('hex'), tag);
  const bytes = Buffer.from(data, 'base64');
  const password = keys.subarray(0, 32).toString('hex');
  const derived = pbkdf2Sync(password, bytes.subarray(8, 16), 10_000, 48, 'sha256');
  const cipher = createDecipheriv('aes-256-cbc', derived.subarray(0, 32), derived.subarray(32));
  return cipher.update(bytes.subarray(16), undefined, 'utf8') + cipher.final('utf8');
}

/** The body of a 200. */
export async function answerIn(response: Response): Promise<EnrollAnswer> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return parseJson(enrollAnswerSchema, text);
}

/** What a node finds in it. */
export function secretsIn({ sealed }: EnrollAnswer, pair: Pair): NodeSecrets {
  return parseJson(nodeSecretsSchema, unseal(sealed, pair));
}

export const RECORD = 'enrolled/k8s-node01.json';
export const ENROLMENT = 'state/enrolment.json';

/** With a clock, so that no test waits for the rate. */
export async function openEnrolment(
  t: TestContext,
  mac = SERVER,
  files: Record<string, string> = FILES,
) {
  const live = await openLive(t, mac, files);
  /** What a node gets after a while. */
  const ask = (pair: Pick<Pair, 'pem'>, more: object = {}, headers = {}) => {
    live.clock.advance(5000);
    return live.enroll(asking(pair, more), headers);
  };
  const statusOf = async (pair: Pair, more: object = {}) => (await ask(pair, more)).status;
  const record = () => parseEnrolled(stateFile(live.state, RECORD), RECORD);
  return { ...live, get: live.ask, ask, statusOf, record };
}

/** An inventory whose nodes, or it itself, have more keys. */
export function changed(more: object, ofNodes: object = {}): string {
  const all = nodes.map((node) => ({ ...node, ...ofNodes }));
  return JSON.stringify({ ...JSON.parse(inventory()), nodes: all, ...more });
}

/** All files below state/, with their texts. */
export function stateOf({ state }: { readonly state: string }): Record<string, string> {
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(state, name)).isFile() && !name.endsWith('.lock'),
  );
  return Object.fromEntries(names.map((name) => [name, stateFile(state, name)]));
}
