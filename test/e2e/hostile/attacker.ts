// A machine on the LAN that is not one of ours, and what it can do there (attacks/).
import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ENROLL_API, type EnrollAnswer } from '../../../contract/enrolment.ts';
import type { Card, Network } from '../cluster/network.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS } from '../lan.ts';
import { type Running, runProgram, startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const ATTACKS = join(import.meta.dirname, 'attacks');
const PAYLOAD = join(import.meta.dirname, '../../../payload');
const PYTHON = '/usr/bin/python3';

export interface Question {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
  /** In the name of the machine with this MAC address, by the ARP trick (attacks/ask.py). */
  readonly as?: string;
}

export interface Reply {
  readonly status: number;
  readonly body: string;
  readonly seconds: number;
}

export interface Attacker {
  readonly card: Card;
  ask(question: Question): Promise<Reply>;
  /** Asks for a node's secrets, with a key of its own. */
  enrol(mac: string, as?: string): Promise<Reply>;
  /** Opens what was sealed to its key. @throws when it was not */
  open(answer: EnrollAnswer): Promise<string>;
  /** Takes this machine's MAC address and IP address. */
  become(machine: Card): Promise<void>;
  /** `startAttack` on this machine. */
  start(
    words: readonly string[],
    ready: RegExp,
    env?: Readonly<Record<string, string>>,
  ): Promise<Running>;
}

/** Connects one to the network. */
export async function addAttacker(
  scene: Scene,
  network: Network,
  number: number,
): Promise<Attacker> {
  let card = await network.addCard(number);
  const ip = (words: string) => runProgram(['ip', '-n', card.namespace, ...words.split(' ')]);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 3072 });
  const key = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyFile = join(scene.scratch, `attacker-${number}.pem`);
  await writeFile(keyFile, privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  const state = randomUUID();
  const ask = (question: Question) => askFrom(card, question);
  return {
    get card() {
      return card;
    },
    ask,
    enrol(mac, as) {
      const nonce = randomBytes(16).toString('hex');
      const body = { version: 1, mac, state, key, nonce };
      return ask({ method: 'POST', path: `/${ENROLL_API}`, body, ...(as !== undefined && { as }) });
    },
    open({ sealed }) {
      const program =
        'import json, sys; from trust.seal import open_sealed; print(open_sealed(json.loads(sys.argv[1]), sys.argv[2]))';
      const words = [PYTHON, '-B', '-c', program, JSON.stringify(sealed), keyFile];
      return runProgram(words, { env: { PYTHONPATH: PAYLOAD } });
    },
    async become({ mac, address }) {
      await ip('addr flush dev eth0');
      await ip(`link set eth0 address ${mac}`);
      await ip(`addr add ${address}/24 dev eth0`);
      card = { ...card, mac, address };
    },
    start: (words, ready, env) => startAttack(scene, card.namespace, words, ready, env),
  };
}

let started = 0;

/** Starts one of the attacks in a network namespace; resolves once it has said that it is ready. */
export async function startAttack(
  scene: Scene,
  namespace: string,
  [program = '', ...args]: readonly string[],
  ready: RegExp,
  env: Readonly<Record<string, string>> = {},
): Promise<Running> {
  started += 1;
  const all = { PYTHONPATH: PAYLOAD, ...env };
  const set = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  const path = join(ATTACKS, program);
  const words = ['ip', 'netns', 'exec', namespace, 'env', ...set, PYTHON, '-B', '-u', path];
  const log = join(scene.logs, `attack-${started}-${program}.log`);
  const running = startProgram(program, [...words, ...args], log);
  scene.defer(() => running.stop());
  await running.said.waitFor(ready, 15);
  return running;
}

/** One question to Genesis from a machine's card. */
export async function askFrom(
  card: Card,
  { method = 'GET', path, body, as }: Question,
): Promise<Reply> {
  const words = [card.address, GENESIS, String(HTTP_PORT), method, path];
  const more = [
    ...(as === undefined ? [] : ['--as', as]),
    ...(body === undefined ? [] : ['--body', JSON.stringify(body)]),
  ];
  const inside = ['ip', 'netns', 'exec', card.namespace];
  const command = [...inside, PYTHON, '-B', join(ATTACKS, 'ask.py'), ...words, ...more];
  return JSON.parse(await runProgram(command));
}
