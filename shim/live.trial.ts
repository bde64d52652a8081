// For tests: the whole API over real HTTP, with a network in which every request comes from one machine.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { foundingAnswerSchema } from '../contract/checkin.ts';
import type { Issued } from '../contract/issued.ts';
import { parseJson } from '../contract/parse.ts';
import { type TimelineView, timelineSchema } from '../contract/timeline.ts';
import { proof } from '../trust/proof.ts';
import type { ClientMac } from './guard/client-mac.ts';
import type { Guard } from './guard/guard.ts';
import { openTrial } from './http/server.trial.ts';
import { Live } from './live.ts';
import type { LogEvent } from './log.ts';
import { MacCache } from './timeline/mac-cache.ts';

export const SERVER = '52-54-00-12-34-01';
export const AGENT = '52-54-00-12-34-02';
export const STRANGER = '52-54-00-ff-ff-01';

export function node(name: string, mac: string, role: string) {
  return { name, macs: [mac], arch: 'amd64', role, boot: 'live', os: '24.04-amd64' };
}

export const nodes = [node('k8s-node01', SERVER, 'server'), node('k8s-node02', AGENT, 'agent')];

export function inventory(epoch = 1, servers = ['k8s-node01'], founded = false): string {
  const founding = { epoch, servers, founded };
  return JSON.stringify({ version: 1, httpPort: 8080, cluster: 'home', founding, nodes });
}

/** `old`: the set before the newest. */
export const ISSUED = {
  version: 1,
  project: 'ours',
  passwordKey: 'old key',
  sets: [
    { id: '00000000000000aa', token: 'new token', agentToken: 'new agents', peerKey: 'new key' },
    { id: '00000000000000bb', token: 'old token', agentToken: 'old agents', peerKey: 'old key' },
  ],
} as const satisfies Issued;

export const FILES = {
  'dist/inventory.json': inventory(),
  'secrets/issued/secrets.json': JSON.stringify(ISSUED),
  'state/enrolment.json': JSON.stringify({ version: 1, project: ISSUED.project }),
  'dist/manifest.json': JSON.stringify({ 'os/24.04-amd64/vmlinuz': { size: 5 } }),
  'dist/boot.ipxe': '#!ipxe\n',
  'dist/index.html': '<p>',
  'dist/os/24.04-amd64/vmlinuz': 'linux',
  [`dist/nodes/${SERVER}/user-data`]: '#cloud-config\n',
};

/** Like the real guard, in a network where every request comes from the machine `mac`. */
function guardOf(mac: string): Guard {
  return { refusal: async (name) => (name.split('/')[1] === mac ? null : 'not that machine') };
}

/** A shim that sees every request as coming from `mac`. */
export async function openLive(t: TestContext, mac: string, files: Record<string, string> = FILES) {
  const clock = openClock(t);
  const current: { live: Live | null } = { live: null };
  // Hooks run in this order: first it is closed, then its folder is removed.
  t.after(() => {
    current.live?.endStreams();
    return current.live?.close();
  });
  const trial = await openTrial(t, files, {
    guard: guardOf(mac),
    api: (request, response, name) => current.live?.api(request, response, name) ?? null,
    hooks: {
      beforeSeed: async () => current.live?.hooks.beforeSeed(),
      began: (sending) => current.live?.hooks.began(sending) ?? (() => {}),
    },
  });
  const state = join(trial.folder, 'state');
  const lines: LogEvent[] = [];
  const start = (whose: ClientMac = { kind: 'neighbour', mac }) => {
    const ask = async () => whose;
    return new Live({
      dist: trial.dist,
      state,
      secrets: join(trial.folder, 'secrets'),
      guard: guardOf(mac),
      macs: new MacCache(ask, () => performance.now()),
      holderOf: () => ({ source: mac, isKept: true }),
      log: (event) => lines.push(event),
    });
  };
  current.live = start();
  const restart = async () => {
    await current.live?.close();
    current.live = start();
  };
  const view = async (): Promise<TimelineView> =>
    parseJson(timelineSchema, (await trial.ask('/api/nodes')).body.toString());
  const founding = async (nonce?: string) => {
    const query = nonce === undefined ? '' : `?nonce=${nonce}`;
    const { body } = await trial.ask(`/api/founding${query}`);
    return parseJson(foundingAnswerSchema, body.toString());
  };
  /** What a check-in must answer. */
  const challenge = async () => (await founding(NONCE)).challenge ?? '';
  /** A check-in with a right proof. */
  const proved = async (said: Said, key = 'new key') => {
    const { mac, stage, epoch = '', message = '' } = said;
    const number = await challenge();
    const fields = [number, mac, stage, `${epoch}`, message];
    return { ...said, challenge: number, proof: proof(key, 'check-in', ...fields) };
  };
  const live = () => current.live;
  const post = poster(trial.port, 'api/checkin');
  const enroll = poster(trial.port, 'api/enroll');
  const tools = { live, restart, view, founding, post, enroll, challenge, proved, clock };
  return { ...trial, state, lines, ...tools };
}

export const NONCE = '0123456789abcdef'.repeat(2);

interface Said {
  readonly mac: string;
  readonly stage: string;
  readonly epoch?: number;
  readonly message?: string;
  readonly error?: string;
}

function poster(port: number, api: string) {
  return (body: string | object, headers: Record<string, string> = {}) =>
    fetch(`http://127.0.0.1:${port}/${api}`, {
      method: 'POST',
      body: typeof body === 'string' ? body : JSON.stringify(body),
      headers,
    });
}

/** Both clocks, which can be put forward. */
function openClock(t: TestContext): { advance(ms: number): void } {
  let ahead = 0;
  for (const clock of [performance, Date]) {
    const real = clock.now.bind(clock);
    t.mock.method(clock, 'now', () => real() + ahead);
  }
  return {
    advance(ms) {
      ahead += ms;
    },
  };
}

/** '' if there is none. */
export function stateFile(state: string, name: string): string {
  const path = join(state, name);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}
