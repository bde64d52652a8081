// A simulated machine: a namespace whose card has the node's MAC address, from which real requests are
// made.

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { foundingAnswerSchema } from '../../../contract/checkin.ts';
import { parseJson } from '../../../contract/parse.ts';
import { proof } from '../../../trust/proof.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS, type Lan, removeNamespace } from '../lan.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

export interface Station {
  /** Gets a file of the tree by HTTP, at most so many bytes a second. */
  get(path: string, bytesPerSecond?: number): Promise<void>;
  /** Loads a file of the TFTP root. */
  load(file: string): Promise<void>;
  /** POST /api/checkin. */
  say(stage: string, message?: string, error?: string): Promise<void>;
  /** The same, that it founded the cluster, proved by a peer key. */
  found(peerKey: string, message: string): Promise<void>;
  /** POST /api/enroll with a new key. @returns the status */
  enroll(): Promise<number>;
}

/** Connects a machine to the LAN. @param address with its prefix length */
export async function connect(
  scene: Scene,
  lan: Lan,
  mac: string,
  address: string,
): Promise<Station> {
  const id = mac.replaceAll(':', '').slice(-4);
  const namespace = `${lan.namespace}-${id}`;
  const inside = (words: readonly string[]) =>
    runProgram(['ip', 'netns', 'exec', namespace, ...words], { seconds: 60 });
  await runProgram(['ip', 'netns', 'add', namespace]);
  scene.defer(() => removeNamespace(namespace));
  const cable = `link add port${id} netns ${lan.namespace} type veth peer name lan netns ${namespace}`;
  await runProgram(['ip', ...cable.split(' ')]);
  await lan.plug(`port${id}`);
  for (const words of [`link set lan address ${mac} up`, `addr add ${address} dev lan`]) {
    await runProgram(['ip', '-n', namespace, ...words.split(' ')]);
  }
  const curl = (words: readonly string[]) =>
    inside(['curl', '-sS', '--fail-with-body', '-o', '/dev/null', ...words]);
  const base = `http://${GENESIS}:${HTTP_PORT}`;
  const json = (body: object) => ['--json', JSON.stringify(body)];
  const nonce = randomBytes(16).toString('hex');
  return {
    async get(path, bytesPerSecond) {
      const limit = bytesPerSecond === undefined ? [] : ['--limit-rate', String(bytesPerSecond)];
      await curl([...limit, `${base}/${path}`]);
    },
    async load(file) {
      await curl([`tftp://${GENESIS}/${file}`]);
    },
    async say(stage, message = '', error) {
      const body = { mac, stage, message, error: error ?? null };
      await curl([...json(body), `${base}/api/checkin`]);
    },
    async found(peerKey, message) {
      const word = await inside(['curl', '-sS', '-f', `${base}/api/founding?nonce=${nonce}`]);
      const { challenge = '' } = parseJson(foundingAnswerSchema, word);
      const said = { mac: mac.replaceAll(':', '-'), stage: 'founded', message };
      const fields = [challenge, said.mac, said.stage, '', message];
      const body = { ...said, challenge, proof: proof(peerKey, 'check-in', ...fields) };
      await curl([...json(body), `${base}/api/checkin`]);
    },
    async enroll() {
      const { publicKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
      const key = publicKey.export({ type: 'spki', format: 'pem' });
      const body = { version: 1, mac, state: 'a', key, nonce };
      const words = ['curl', '-sS', '-o', '/dev/null', '-w', '%{http_code}'];
      return Number(await inside([...words, ...json(body), `${base}/api/enroll`]));
    },
  };
}
