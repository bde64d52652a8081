// One machine of the cluster: its disk, its seed, its power switch, and what can be seen of it.
import { randomUUID } from 'node:crypto';
import { cpSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SecretSet } from '../../../contract/issued.ts';
import { HTTP_PORT } from '../inventory.ts';
import { GENESIS } from '../lan.ts';
import { type Running, runProgram, startProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import type { Transcript } from '../transcript.ts';
import { K3S, REAL_K3S_CONFIG } from './k3s.ts';
import type { Card, Network } from './network.ts';
import { type ClusterPlan, nodeConfig, nodeSecrets } from './seed.ts';

const BOOT = join(import.meta.dirname, 'boot.sh');
const BIN = join(import.meta.dirname, 'bin');
/** As boot.sh has it: this test's systemctl comes first. */
const PATH = `${BIN}:/usr/sbin:/usr/bin:/sbin:/bin`;
const AT_TERMINAL = join(BIN, 'at-terminal');
const HOMEPBP = '/usr/lib/homepbp/bin/homepbp';
// As payload/systemd/homepbp-join.service starts it.
const AGENT = 'env PYTHONPATH=/usr/lib/homepbp /usr/bin/python3 -B -u -m join.shell'.split(' ');

export interface ClusterNode {
  readonly name: string;
  readonly card: Card;
  /** Holds disk/ (STATE), seed/, run/ and logs/. */
  readonly folder: string;
  /** What the agent has said, over all boots. */
  readonly said: () => string;
  /** Writes what cloud-init and enrolment will have left at the next start. `old`: see nodeSecrets */
  seed(plan: ClusterPlan, secrets: SecretSet, old?: boolean): Promise<void>;
  /** The same with a node.json of Genesis': its secrets come by enrolment. */
  seedToEnrol(config: object): Promise<void>;
  powerOn(how?: PowerOn): Promise<Transcript>;
  /** kill -9 of everything that runs there. */
  powerCut(): Promise<void>;
  /** A new, empty STATE at the next start; gives the folder that holds the old one. */
  loseDisk(): Promise<string>;
  /** Puts a disk back. */
  putDisk(folder: string): Promise<void>;
  /** Runs a program in the node, as the agent would. @throws when it fails */
  run(words: readonly string[], seconds?: number): Promise<string>;
  /**
   * `homepbp …` on the node, at a terminal of its own where the words in `typed` are typed.
   * @returns what the terminal shows
   * @throws when it fails
   */
  command(words: readonly string[], typed: string, seconds?: number): Promise<string>;
  /** /run/homepbp/status.json, null where there is none. */
  status(): Promise<Record<string, unknown> | null>;
}

export interface PowerOn {
  /** k3s takes its time before it does anything. */
  readonly slowK3s?: boolean;
  /** The join agent is stopped, until `systemctl start homepbp-join.service`. */
  readonly held?: boolean;
}

/** Makes a machine that is off, with an empty disk. */
export async function makeNode(
  scene: Scene,
  network: Network,
  name: string,
  number: number,
): Promise<ClusterNode> {
  const card = await network.addCard(number);
  const folder = join(scene.scratch, name);
  const disk = join(folder, 'disk');
  let running: Running | undefined;
  let boots = 0;
  let said = '';
  await makeDisk(disk, name);
  const powerCut = async () => {
    if (running === undefined) return;
    said += running.said.text;
    process.kill(running.pid, 'SIGKILL');
    await running.exited;
    running = undefined;
  };
  const run = async (words: readonly string[], seconds = 30) => {
    const init = await processOne(running?.pid ?? 0);
    const enter = ['nsenter', `--target=${init}`, '--mount', '--uts', '--net', '--pid'];
    return await runProgram(['env', `PATH=${PATH}`, ...enter, ...words], { seconds });
  };
  scene.defer(async () => {
    await powerCut();
    cpSync(join(folder, 'logs'), join(scene.logs, name), { recursive: true, force: true });
  });
  await mkdir(join(folder, 'logs'), { recursive: true });
  const { mac } = card;
  const inside = ['ip', 'netns', 'exec', card.namespace];
  return {
    name,
    card,
    folder,
    said: () => said + (running?.said.text ?? ''),
    seed(plan, secrets, old = false) {
      const config = nodeConfig(name, mac, plan);
      return writeSeed(folder, mac, config, nodeSecrets(config, secrets, old));
    },
    seedToEnrol: (config) => writeSeed(folder, mac, config, null),
    async powerOn({ slowK3s = false, held = false } = {}) {
      if (running !== undefined) throw new Error(`${name} is already running`);
      await reportDisk(folder);
      const namespaces = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child=SIGKILL'];
      const words = [
        ...inside,
        ...namespaces,
        '--mount-proc',
        'env',
        `HELD=${held ? 'yes' : ''}`,
        'sh',
        BOOT,
        folder,
        name,
        K3S,
        slowK3s ? 'k3s-slow' : 'k3s-real',
      ];
      const log = join(scene.logs, `${name}-${++boots}.log`);
      running = startProgram(name, [...words, ...AGENT], log);
      return running.said;
    },
    powerCut,
    async loseDisk() {
      const old = join(folder, `disk-${Date.now()}`);
      await rename(disk, old);
      await makeDisk(disk, name);
      return old;
    },
    async putDisk(old) {
      await rm(disk, { recursive: true });
      await rename(old, disk);
    },
    run,
    command: (words, typed, seconds = 120) => run([AT_TERMINAL, typed, HOMEPBP, ...words], seconds),
    async status() {
      const init = await processOne(running?.pid ?? 0).catch(() => 0);
      const path = `/proc/${init}/root/run/homepbp/status.json`;
      return init === 0 ? null : readFile(path, 'utf8').then(JSON.parse, () => null);
    },
  };
}

/** The node's process 1, as the host numbers it: the child of unshare. */
async function processOne(unshare: number): Promise<number> {
  const children = await readFile(`/proc/${unshare}/task/${unshare}/children`, 'utf8');
  const first = Number(children.trim().split(' ')[0]);
  if (!(first > 0)) throw new Error('the node is off');
  return first;
}

/** STATE as the disk step makes it. */
async function makeDisk(disk: string, node: string): Promise<void> {
  const state = { version: 1, uuid: randomUUID(), node, created: new Date().toISOString() };
  await mkdir(join(disk, 'var/lib/homepbp'), { recursive: true });
  await writeFile(join(disk, 'var/lib/homepbp/state.json'), JSON.stringify(state));
  if (REAL_K3S_CONFIG === null) return;
  await mkdir(join(disk, 'etc/rancher/k3s/config.yaml.d'), { recursive: true });
  await writeFile(join(disk, 'etc/rancher/k3s/config.yaml.d/50-agentless.yaml'), REAL_K3S_CONFIG);
}

/** What the disk step reports of it in each boot. */
async function reportDisk(folder: string): Promise<void> {
  const path = join(folder, 'disk/var/lib/homepbp/state.json');
  const { uuid } = JSON.parse(await readFile(path, 'utf8'));
  const disk = { state: 'mounted', device: '/dev/vda4', uuid, reason: '' };
  await writeFile(join(folder, 'run/disk.json'), JSON.stringify(disk));
}

async function writeSeed(
  folder: string,
  mac: string,
  config: object,
  secrets: object | null,
): Promise<void> {
  for (const name of ['seed', 'run']) await mkdir(join(folder, name), { recursive: true });
  await writeFile(join(folder, 'seed/node.json'), JSON.stringify(config, null, 2));
  const own = join(folder, 'seed/secrets.json');
  const asked = join(folder, 'run/enrolment.json');
  for (const path of [own, asked]) await rm(path, { force: true });
  if (secrets !== null) {
    await writeFile(own, JSON.stringify(secrets), { mode: 0o600 });
    // Enrolment's word that it has asked.
    await writeFile(asked, JSON.stringify({ version: 1, secrets: null }));
  }
  const environment = {
    HOMEPBP_BASE: `http://${GENESIS}:${HTTP_PORT}`,
    HOMEPBP_NODE: mac.replaceAll(':', '-'),
    HOMEPBP_MODE: 'live',
  };
  const lines = Object.entries(environment).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(join(folder, 'run/boot.env'), lines.join(''));
}
