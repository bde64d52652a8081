// A network of the test's own: a namespace with a bridge, which is Genesis' card, and a tap a machine.
import { runProgram } from './program.ts';
import { RUN_PREFIX, type Scene } from './scene.ts';

/** The bridge's address: Genesis, its TFTP and HTTP, and the DHCP server's. */
export const GENESIS = '10.77.0.1';
export const BRIDGE = 'lan0';
/**
 * Without one of its own a bridge has that of a port, and another one as ports come and go. It gets it with
 * its first port: before, that would take its carrier away.
 */
const BRIDGE_MAC = '52:54:00:77:ff:fe';
/** The prefix that its router tells. */
export const NETWORK6 = 'fd77::';
/** What DHCP gives out; the inventory's static addresses are outside. */
export const DHCP_RANGE = { first: '10.77.0.100', last: '10.77.0.199', mask: '255.255.255.0' };

export interface Lan {
  readonly namespace: string;
  /** The words that run a program on this network. */
  inside(words: readonly string[]): string[];
  /** A new card on the bridge for one machine: the tap's name. */
  addTap(): Promise<string>;
  /** Connects a link of this namespace to the bridge. */
  plug(link: string): Promise<void>;
  /**
   * Genesis' answers from a TCP port are lost from now on, as at a switch that lets nothing through.
   * @returns what undoes that
   */
  hold(port: number): Promise<() => Promise<void>>;
  /** Bytes that the newest card's machine has got so far, all headers included. */
  received(): Promise<number>;
}

/** Makes the namespace and the bridge; they go when the scene closes. */
export async function openLan(scene: Scene): Promise<Lan> {
  const namespace = `${RUN_PREFIX}${process.pid}`;
  const inside = (words: readonly string[]) => ['ip', 'netns', 'exec', namespace, ...words];
  const ip = (words: string) => runProgram(['ip', '-n', namespace, ...words.split(' ')]);
  await runProgram(['ip', 'netns', 'add', namespace]);
  scene.defer(() => removeNamespace(namespace));
  await ip('link set lo up');
  await ip(`link add ${BRIDGE} type bridge stp_state 0 forward_delay 0`);
  // A link-local address that appears a second later makes Chromium drop its downloads.
  const undoubted = `echo 0 >/proc/sys/net/ipv6/conf/${BRIDGE}/accept_dad`;
  await runProgram(inside(['sh', '-c', undoubted]));
  await ip(`addr add ${GENESIS}/24 dev ${BRIDGE}`);
  await ip(`addr add ${NETWORK6}1/64 dev ${BRIDGE} nodad`);
  await ip(`link set ${BRIDGE} up`);
  const plug = async (link: string) => {
    await ip(`link set ${link} master ${BRIDGE} up`);
    await ip(`link set ${BRIDGE} address ${BRIDGE_MAC}`);
  };
  let taps = 0;
  return {
    namespace,
    inside,
    async addTap() {
      const tap = `tap${taps++}`;
      await ip(`tuntap add ${tap} mode tap`);
      await plug(tap);
      return tap;
    },
    plug,
    async hold(port) {
      const rule = `ipproto tcp sport ${port} blackhole`;
      await ip(`rule add ${rule}`);
      return async () => void (await ip(`rule del ${rule}`));
    },
    async received() {
      const words = ['ip', '-n', namespace, '-j', '-s', 'link', 'show', `tap${taps - 1}`];
      const [link]: { stats64: { tx: { bytes: number } } }[] = JSON.parse(await runProgram(words));
      return link?.stats64.tx.bytes ?? 0;
    },
  };
}

/** Another computer on the bridge, by its card `lan`. @returns the words that run a program on it */
export async function addComputer(
  scene: Scene,
  lan: Lan,
  name: string,
  address: string,
): Promise<Lan['inside']> {
  const namespace = `${RUN_PREFIX}${process.pid}-${name}`;
  const ip = (words: string) => runProgram(['ip', ...words.split(' ')]);
  await ip(`netns add ${namespace}`);
  scene.defer(() => removeNamespace(namespace));
  await ip(`link add ${name} netns ${lan.namespace} type veth peer name lan netns ${namespace}`);
  await lan.plug(name);
  await ip(`-n ${namespace} addr add ${address}/24 dev lan`);
  await ip(`-n ${namespace} link set lan up`);
  return (words) => ['ip', 'netns', 'exec', namespace, ...words];
}

/** Ends whatever still runs in one of our namespaces, then deletes the namespace. */
export async function removeNamespace(namespace: string): Promise<void> {
  const pids = (await runProgram(['ip', 'netns', 'pids', namespace])).split('\n').filter(Boolean);
  for (const pid of pids) endProcess(Number(pid));
  await runProgram(['ip', 'netns', 'delete', namespace]);
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
