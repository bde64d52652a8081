// TFTP against its peers in one run, alternating, medians. Linux; peers need root.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { encodeAck, encodeRequest } from '../../shim/tftp/packet.ts';
import {
  behindRelay,
  type Contestant,
  memoryMegabytes,
  processorSeconds,
  startOurs,
  startPeers,
} from './tftp-servers.ts';

const run = promisify(execFile);
const BIG_BYTES = 40_000_000;
const MIDDLE_BYTES = 4_000_000;
const AT_ONCE = 64;
/** Milliseconds of a wired network with one switch. */
const ROUND_TRIP = 0.3;

/** Fetches once; the time of the whole command counts. */
type Work = (server: Contestant, target: string) => Promise<unknown>;

/** The files by their bytes. */
const FILES = { big: BIG_BYTES, middle: MIDDLE_BYTES, one: 1_000_000 } as const;
type File = keyof typeof FILES;

const curl =
  (blksize: number, file: File = 'big'): Work =>
  ({ address, port }, target) => {
    const url = `tftp://${address}:${port}/${file}`;
    return run('curl', ['-sS', '-m', '60', '--tftp-blksize', String(blksize), '-o', target, url]);
  };

const atftp =
  (windowsize: number, file: File = 'big'): Work =>
  ({ address, port }, target) => {
    const window = windowsize === 1 ? [] : ['--option', `windowsize ${windowsize}`];
    const options = ['--option', 'blksize 1468', ...window];
    return run('atftp', [...options, '--get', '-r', file, '-l', target, address, String(port)]);
  };

const manyAtOnce: Work = ({ address, port }, target) => {
  const url = `tftp://${address}:${port}/one`;
  const each = Array.from({ length: AT_ONCE }, (_, n) => ['-o', `${target}.${n}`, url]).flat();
  const options = ['-sS', '-m', '60', '-Z', '--parallel-max', String(AT_ONCE)];
  return run('curl', [...options, '--parallel-immediate', '--tftp-blksize', '1468', ...each]);
};

interface Phase {
  readonly work: Work;
  /** Sent in one run. */
  readonly bytes: number;
  /** Milliseconds that the network takes; none without it. */
  readonly roundTrip?: number;
}

const PHASES: Readonly<Record<string, Phase>> = {
  'lock-step, 512': { work: curl(512), bytes: BIG_BYTES },
  'lock-step, 1468': { work: curl(1468), bytes: BIG_BYTES },
  'atftp, lock-step': { work: atftp(1), bytes: BIG_BYTES },
  'atftp, window 4': { work: atftp(4), bytes: BIG_BYTES },
  'atftp, window 16': { work: atftp(16), bytes: BIG_BYTES },
  'atftp, window 64': { work: atftp(64), bytes: BIG_BYTES },
  '64 at once, 1 MB': { work: manyAtOnce, bytes: AT_ONCE * FILES.one },
  '0.3 ms, lock-step, 1468': {
    work: curl(1468, 'middle'),
    bytes: MIDDLE_BYTES,
    roundTrip: ROUND_TRIP,
  },
  '0.3 ms, window 4': { work: atftp(4, 'middle'), bytes: MIDDLE_BYTES, roundTrip: ROUND_TRIP },
  '0.3 ms, window 16': { work: atftp(16, 'middle'), bytes: MIDDLE_BYTES, roundTrip: ROUND_TRIP },
};
const MEMORY = '1000 open';

/**
 * Prints the medians, and ours over the best peer's and over tftpd-hpa's. BENCH_RUNS says how many
 * runs (7), BENCH_ONLY which phases: a regular expression on their names.
 */
export async function bench(): Promise<void> {
  const runs = Number(process.env.BENCH_RUNS ?? 7);
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-bench-'));
  await chmod(folder, 0o755);
  for (const [name, bytes] of Object.entries(FILES)) {
    await writeFile(join(folder, name), randomBytes(bytes), { mode: 0o644 });
  }
  const only = new RegExp(process.env.BENCH_ONLY ?? '');
  const ours = await startOurs(folder);
  const { running, missing } = startPeers(folder);
  try {
    const servers = [ours];
    for (const peer of running) {
      if (await answers(peer, folder)) servers.push(peer);
      else missing.push(`${peer.name}: does not answer`);
    }
    for (const reason of missing) console.log(`not compared: ${reason}`);
    for (const [what, phase] of Object.entries(PHASES)) {
      if (only.test(what)) await comparePhase(what, phase, servers, join(folder, 'got'), runs);
    }
    if (only.test(MEMORY)) await compareMemory(servers, 1000);
  } finally {
    await Promise.all([ours, ...running].map((server) => server.stop()));
    await rm(folder, { recursive: true });
  }
}

async function answers(server: Contestant, folder: string): Promise<boolean> {
  const url = `tftp://${server.address}:${server.port}/one`;
  for (let tries = 0; tries < 5; tries += 1) {
    try {
      await run('curl', ['-sS', '-m', '2', '-o', join(folder, 'ready'), url]);
      return true;
    } catch {
      await delay(200);
    }
  }
  return false;
}

async function comparePhase(
  what: string,
  phase: Phase,
  servers: readonly Contestant[],
  target: string,
  runs: number,
): Promise<void> {
  const { roundTrip } = phase;
  if (roundTrip === undefined) return compare(what, phase, servers, target, runs);
  const relayed = await Promise.all(servers.map((server) => behindRelay(server, roundTrip)));
  try {
    await compare(what, phase, relayed, target, runs);
  } finally {
    await Promise.all(relayed.map((relay) => relay.stop()));
  }
}

async function compare(
  what: string,
  { work, bytes: bytesPerRun }: Phase,
  servers: readonly Contestant[],
  target: string,
  runs: number,
): Promise<void> {
  const seconds = new Map(servers.map(({ name }) => [name, [] as number[]]));
  const processor = new Map(servers.map((server) => [server.name, -processorSeconds(server)]));
  for (let n = 0; n < runs; n += 1) {
    for (const server of servers) {
      const start = performance.now();
      await work(server, target);
      seconds.get(server.name)?.push((performance.now() - start) / 1000);
    }
  }
  const bytes = runs * bytesPerRun;
  const row = servers.map((server) => {
    const used = processorSeconds(server) + (processor.get(server.name) ?? 0);
    const time = median(seconds.get(server.name) ?? []);
    return { name: server.name, time, perGigabyte: (used / bytes) * 1e9 };
  });
  const [first, ...others] = row;
  const best = Math.min(...others.map(({ time }) => time));
  const ours = first?.time ?? Number.NaN;
  const ratio = others.length > 0 ? (ours / best).toFixed(2) : 'no peer';
  const hpa = others.find(({ name }) => name === 'tftpd-hpa');
  const toHpa = hpa === undefined ? '' : `, to tftpd-hpa ${(ours / hpa.time).toFixed(2)}`;
  const cells = row.map(
    ({ name, time, perGigabyte }) =>
      `${name} ${time.toFixed(3)} s, ${perGigabyte.toFixed(1)} CPU s/GB`,
  );
  console.log(`${what}: ${cells.join(' | ')} | ratio to the best peer ${ratio}${toHpa}`);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** Memory while so many transfers stand at their first block. */
async function compareMemory(servers: readonly Contestant[], count: number): Promise<void> {
  for (const server of servers) {
    if (server.name === 'atftpd') {
      console.log(`${count} transfers: atftpd is left out, it exits with so many`);
      continue;
    }
    const idle = memoryMegabytes(server);
    const sockets = await Promise.all(Array.from({ length: count }, () => createClient()));
    const begun = await Promise.all(sockets.map((socket) => begin(socket, server)));
    const open = memoryMegabytes(server);
    for (const socket of sockets) socket.close();
    const figures = `idle ${idle.toFixed(0)} MB, open ${open.toFixed(0)} MB`;
    console.log(
      `${count} transfers: ${server.name} ${figures} (${begun.filter(Boolean).length} begun)`,
    );
  }
}

async function createClient(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0);
  await once(socket, 'listening');
  return socket;
}

/** Asks until a block has come; false when none does. */
async function begin(socket: Socket, { address, port }: Contestant): Promise<boolean> {
  const options = [{ name: 'blksize', value: '1468' }];
  const request = encodeRequest({ kind: 'rrq', filename: 'big', mode: 'octet', options });
  const block = new Promise<boolean>((resolve) => {
    socket.on('message', (bytes, from) => {
      if (bytes[1] === 6) socket.send(encodeAck(0), from.port, from.address);
      else resolve(bytes[1] === 3);
    });
  });
  for (let tries = 0; tries < 5; tries += 1) {
    socket.send(request, port, address);
    const come = await Promise.race([block, delay(2000, null)]);
    if (come !== null) return come;
  }
  return false;
}
