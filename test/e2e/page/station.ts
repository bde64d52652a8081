// A simulated machine: a namespace whose card has the node's MAC address, from which real requests are
// made.

import { HTTP_PORT } from '../inventory.ts';
import { BRIDGE, GENESIS, type Lan, removeNamespace } from '../lan.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

export interface Station {
  /** Gets a file of the tree by HTTP, at most so many bytes a second. */
  get(path: string, bytesPerSecond?: number): Promise<void>;
  /** Loads a file of the TFTP root. */
  load(file: string): Promise<void>;
  /** POST /api/checkin. */
  say(stage: string, message?: string, error?: string): Promise<void>;
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
  await runProgram(['ip', '-n', lan.namespace, 'link', 'set', `port${id}`, 'master', BRIDGE, 'up']);
  for (const words of [`link set lan address ${mac} up`, `addr add ${address} dev lan`]) {
    await runProgram(['ip', '-n', namespace, ...words.split(' ')]);
  }
  const curl = (words: readonly string[]) =>
    inside(['curl', '-sS', '--fail-with-body', '-o', '/dev/null', ...words]);
  const base = `http://${GENESIS}:${HTTP_PORT}`;
  return {
    async get(path, bytesPerSecond) {
      const limit = bytesPerSecond === undefined ? [] : ['--limit-rate', String(bytesPerSecond)];
      await curl([...limit, `${base}/${path}`]);
    },
    async load(file) {
      await curl([`tftp://${GENESIS}/${file}`]);
    },
    async say(stage, message = '', error) {
      const body = JSON.stringify({ mac, stage, message, error: error ?? null });
      await curl(['-H', 'Content-Type: application/json', '-d', body, `${base}/api/checkin`]);
    },
  };
}
