// For tests in network namespaces: cables, programs, and machines, which are sockets on port 68 that
// send what firmware sends. Needs root on Linux.
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { type DhcpPacket, decodePacket, encodePacket } from '../../dhcp/packet.ts';

const UDP_PIPE = join(import.meta.dirname, 'udp-pipe.trial.ts');
const WAIT_MS = 10_000;

/** Why these tests must be skipped here; false if they need not be. */
export const skip =
  process.getuid?.() === 0 && process.platform === 'linux' ? false : 'needs root on Linux';

/** Runs `ip`. */
export function ip(words: string): string {
  return execFileSync('ip', words.split(' '), { encoding: 'utf8', timeout: WAIT_MS });
}

/** Creates a namespace. @returns a function that removes it */
export function addNamespace(name: string): () => void {
  ip(`netns add ${name}`);
  ip(`-n ${name} link set lo up`);
  return () => ip(`netns delete ${name}`);
}

/** Connects two namespaces by a card in each. */
export function cable(from: string, card: string, to: string, otherCard: string): void {
  ip(`link add ${card} netns ${from} type veth peer name ${otherCard} netns ${to}`);
  ip(`-n ${from} link set ${card} up`);
  ip(`-n ${to} link set ${otherCard} up`);
}

/** Lets a machine without an address send broadcasts on its card `lan`, by a route. */
export function letBroadcast(namespace: string): void {
  ip(`-n ${namespace} route replace 255.255.255.255 dev lan`);
}

/** Gives a machine an address until the test ends; removing a card's last one removes its routes. */
export function giveAddress(t: TestContext, namespace: string, address: string): void {
  ip(`-n ${namespace} addr add ${address}/24 dev lan`);
  t.after(() => {
    ip(`-n ${namespace} addr del ${address}/24 dev lan`);
    letBroadcast(namespace);
  });
}

/** Starts a program in a namespace; it ends with the test. */
export function spawnIn(t: TestContext, namespace: string, words: readonly string[]): ChildProcess {
  const child = spawn('ip', ['netns', 'exec', namespace, ...words]);
  const exited = once(child, 'exit');
  t.after(() => {
    child.kill('SIGTERM');
    return exited;
  });
  return child;
}

/** Resolves at the first matching line, and reads on: closing the pipe might kill the writer. */
export async function untilLine(
  stream: Readable | null,
  pattern: RegExp,
): Promise<RegExpExecArray> {
  assert.ok(stream);
  const said: string[] = [];
  const lines = createInterface({ input: stream });
  const { promise, resolve, reject } = Promise.withResolvers<RegExpExecArray>();
  lines.on('line', (line) => {
    said.push(line);
    const match = pattern.exec(line);
    if (match !== null) resolve(match);
  });
  lines.on('close', () => reject(new Error(`ended without ${pattern}\n${said.join('\n')}`)));
  const timer = setTimeout(() => reject(new Error(`no ${pattern}\n${said.join('\n')}`)), WAIT_MS);
  return promise.finally(() => clearTimeout(timer));
}

interface Heard {
  readonly packet: DhcpPacket;
  /** The sender's address and port. */
  readonly from: string;
}

/** A machine's port 68. */
export interface MachineSocket {
  /** To `address:port`; by default a broadcast to the DHCP servers. */
  send(packet: DhcpPacket, to?: string): void;
  /** The next packet, already here or still to arrive. @throws when none does */
  hear(): Promise<Heard>;
}

export async function openMachine(t: TestContext, namespace: string): Promise<MachineSocket> {
  const child = spawnIn(t, namespace, [process.execPath, UDP_PIPE, '68']);
  assert.ok(child.stdout && child.stdin);
  const { stdin } = child;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  assert.equal((await lines.next()).value, 'ready');
  return {
    send: (packet, to = '255.255.255.255:67') => {
      stdin.write(`${Buffer.from(encodePacket(packet)).toString('hex')} ${to}\n`);
    },
    hear: async () => {
      const [hex = '', from = ''] = (await inTime(lines.next())).value?.split(' ') ?? [];
      const packet = decodePacket(Buffer.from(hex, 'hex'));
      assert.ok(packet.kind === 'dhcp', JSON.stringify(packet));
      return { packet, from };
    },
  };
}

async function inTime<T>(promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error('no answer')), WAIT_MS);
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
