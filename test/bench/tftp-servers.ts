// The TFTP servers that the benchmark compares: ours, and those of the peers that are installed.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server under test, in a process of its own. */
export interface Contestant {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

interface Peer {
  readonly program: string;
  readonly address: string;
  readonly port: number;
  arguments(folder: string): readonly string[];
}

const PEERS: Readonly<Record<string, Peer>> = {
  'tftpd-hpa': {
    program: 'in.tftpd',
    address: '127.0.0.1',
    port: 6902,
    arguments: (folder) => [
      '--foreground',
      '--listen',
      '--address',
      '127.0.0.1:6902',
      '--secure',
      '-u',
      'root',
      folder,
    ],
  },
  // dnsmasq knows no port but 69, so it gets a loopback address of its own.
  dnsmasq: {
    program: 'dnsmasq',
    address: '127.0.0.69',
    port: 69,
    arguments: (folder) => [
      ...['--no-daemon', '--conf-file=/dev/null', '--port=0', '--user=root', '--quiet-tftp'],
      ...['--enable-tftp', `--tftp-root=${folder}`, '--tftp-max=2000'],
      ...['--listen-address=127.0.0.69', '--bind-interfaces'],
    ],
  },
  atftpd: {
    program: 'atftpd',
    address: '127.0.0.1',
    port: 6903,
    arguments: (folder) => [
      ...['--daemon', '--no-fork', '--user', 'root', '--group', 'root', '--maxthread', '2000'],
      ...['--bind-address', '127.0.0.1', '--port', '6903', '--verbose=0', folder],
    ],
  },
};

/** Our server over the folder, with the limits per address lifted: all clients are one address. */
export async function startOurs(folder: string): Promise<Contestant> {
  const script = join(import.meta.dirname, 'tftp-ours.ts');
  const child = spawn(process.execPath, [script, folder], { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = await once(child.stdout, 'data');
  return contestant('homepbp', '127.0.0.1', Number(String(line)), child);
}

/** The same server behind a network whose round trip takes so long; its processor time is its own. */
export async function behindRelay(server: Contestant, roundTripMs: number): Promise<Contestant> {
  const script = join(import.meta.dirname, 'udp-relay.py');
  const words = [script, server.address, String(server.port), String(roundTripMs / 2)];
  const child = spawn('python3', words, { stdio: ['pipe', 'pipe', 'inherit'] });
  if (child.stdout === null) throw new Error('no pipe');
  const [line] = await once(child.stdout, 'data');
  const { stop } = contestant(server.name, '127.0.0.1', Number(String(line)), child);
  return { ...server, address: '127.0.0.1', port: Number(String(line)), stop };
}

/** The peers that can run here, and for each of the others why it cannot. */
export function startPeers(folder: string): {
  readonly running: Contestant[];
  readonly missing: string[];
} {
  const running: Contestant[] = [];
  const missing: string[] = [];
  for (const [name, peer] of Object.entries(PEERS)) {
    const reason = process.getuid?.() === 0 ? absence(peer.program) : 'needs root';
    if (reason !== null) {
      missing.push(`${name}: ${reason}`);
      continue;
    }
    const child = spawn(peer.program, peer.arguments(folder), { stdio: 'ignore' });
    running.push(contestant(name, peer.address, peer.port, child));
  }
  return { running, missing };
}

function absence(program: string): string | null {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const isInstalled = folders.some((folder) => existsSync(join(folder, program)));
  return isInstalled ? null : `${program} is not installed`;
}

function contestant(name: string, address: string, port: number, child: ChildProcess): Contestant {
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
  };
  return { name, address, port, pid: child.pid ?? 0, stop };
}

/**
 * Processor seconds of the process and of the children that it has waited for; tftpd-hpa's work is
 * done in children that nobody waits for, so it is not seen.
 */
export function processorSeconds({ pid }: Contestant): number {
  const fields = statFields(pid).slice(11, 15).map(Number); // utime stime cutime cstime, proc(5)
  return fields.reduce((sum, ticks) => sum + ticks, 0) / 100;
}

/** Proportional set size, in MB, of the process and its children; of one that has ended, NaN. */
export function memoryMegabytes({ pid }: Contestant): number {
  const kilobytes = [pid, ...childrenOf(pid)].map((one) => {
    if (!existsSync(`/proc/${one}`)) return one === pid ? Number.NaN : 0;
    const rollup = readFileSync(`/proc/${one}/smaps_rollup`, 'utf8');
    return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1]);
  });
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024;
}

function childrenOf(parent: number): number[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
  return all.filter((pid) => {
    try {
      return Number(statFields(pid)[1]) === parent;
    } catch {
      return false; // It ended meanwhile.
    }
  });
}

/** The fields of /proc/PID/stat after the name: state, parent, … */
function statFields(pid: number): string[] {
  return readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
}
