// Genesis beside the nodes of a cluster: `./homepbp build` of an inventory with them, and `./homepbp serve` with its
// guard on their network.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import { FOUNDED } from '../../../contract/founded.ts';
import { ISSUED, type Issued, parseIssued } from '../../../contract/issued.ts';
import { buildInventory, HOMEPBP, startServe } from '../genesis.ts';
import { HTTP_PORT, SSH_KEY } from '../inventory.ts';
import { GENESIS, type Lan } from '../lan.ts';
import { type Running, runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import { trialOs } from '../trial-os.ts';
import type { ClusterNode } from './node.ts';

export const BASE = `http://${GENESIS}:${HTTP_PORT}`;

const CONFIG = '/etc/homepbp/node.json';

export interface ClusterGenesis {
  /** What the shim has logged, over all its starts. */
  said(): string;
  /** The secrets that it hands out, for comparison. */
  issued(): Promise<Issued>;
  /** `./homepbp …` in the project, on Genesis itself. @throws when it fails */
  command(...words: readonly string[]): Promise<string>;
  /** `./homepbp status`, whatever its status. */
  status(): Promise<string>;
  /** Gives these nodes their seeds, which each gets from the shim as its own initramfs would. */
  seed(nodes: readonly ClusterNode[]): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The latch is open again, as before the founding; only while the shim is stopped. */
  openLatch(): Promise<void>;
}

/** What a test decides about its inventory. */
export interface Settings {
  /** Nodes that are agents. */
  readonly agents?: readonly ClusterNode[];
  /** Of `cluster:`. */
  readonly cluster?: object;
}

let projects = 0;

/** Builds a new project and serves it until the scene closes. */
export async function startGenesis(
  scene: Scene,
  lan: Lan,
  nodes: readonly ClusterNode[],
  settings: Settings = {},
): Promise<ClusterGenesis> {
  projects += 1;
  const folder = join(scene.scratch, `genesis-${projects}`);
  const logs = join(scene.logs, `genesis-${projects}`);
  for (const path of [folder, logs]) await mkdir(path, { recursive: true });
  const project = { ...scene, scratch: folder, logs };
  const dist = await buildInventory(project, await inventory(folder, nodes, settings));
  let running: Running | undefined;
  let before = '';
  const homepbp = (...words: readonly string[]) => [
    'env',
    `--chdir=${folder}`,
    ...lan.inside([HOMEPBP, ...words]),
  ];
  const genesis: ClusterGenesis = {
    said: () => before + (running?.said.text ?? ''),
    async issued() {
      const path = join(folder, 'secrets', ISSUED);
      return parseIssued(await readFile(path, 'utf8'), path);
    },
    command: (...words) => runProgram(homepbp(...words), { seconds: 60 }),
    // It ends with 1 while a node is stuck.
    status: () => runProgram(['sh', '-c', '"$@" || :', 'sh', ...homepbp('status', '--url', BASE)]),
    async seed(some) {
      for (const node of some) await node.seedToEnrol(await configOf(node));
    },
    async start() {
      running = await startServe(project, lan, dist);
    },
    async stop() {
      await running?.stop();
      before = genesis.said();
      running = undefined;
      await writeFile(join(logs, 'serve-before.log'), before);
    },
    openLatch: () => rm(join(folder, 'state', FOUNDED)),
  };
  await genesis.start();
  return genesis;
}

async function inventory(
  folder: string,
  nodes: readonly ClusterNode[],
  { agents = [], cluster = {} }: Settings,
): Promise<string> {
  const os = await trialOs(folder, {
    vmlinuz: 4096,
    initrd: 4096,
    'rootfs.squashfs': 4096,
    'modules.deb': 4096,
  });
  const entries = nodes.map((node) => ({
    name: node.name,
    mac: node.card.mac,
    ip: `${node.card.address}/24`,
    role: agents.includes(node) ? 'agent' : 'server',
  }));
  return JSON.stringify({
    genesis: { ip: GENESIS, http_port: HTTP_PORT },
    os,
    ssh: { keys: [SSH_KEY] },
    network: { gateway: GENESIS, dns: [GENESIS] },
    cluster: { name: 'home', ...cluster },
    nodes: entries,
  });
}

/** node.json as cloud-init would find it in the user-data that the shim gives this machine. */
async function configOf(node: ClusterNode): Promise<object> {
  const url = `${BASE}/nodes/${node.card.mac.replaceAll(':', '-')}/user-data`;
  const inside = ['ip', 'netns', 'exec', node.card.namespace];
  const text = await runProgram([...inside, 'curl', '-sS', '--fail-with-body', url]);
  const { write_files: files } = load(text) as {
    write_files: readonly { readonly path: string; readonly content: string }[];
  };
  const found = files.find(({ path }) => path === CONFIG);
  assert.ok(found, `user-data of ${node.name} has no ${CONFIG}`);
  return JSON.parse(found.content);
}
