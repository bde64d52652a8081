// The HTTP shim against nginx (one worker, sendfile), by wrk: throughput, CPU and requests per
// second as ratios, and the shim's memory under many slow clients. What sendfile alone saves in CPU
// tells nginx without it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { startNginx } from './http-nginx.ts';

const LAUNCHER = join(import.meta.dirname, '../../homepbp.mjs');
const ROUNDS = 5;
const SECONDS = 3;
const LARGE_MEGABYTES = 300;
const SLOW_CLIENTS = 200;
/** wrk calls `done` at its end. */
const WRK_SCRIPT = `done = function(summary)
  io.write(string.format("figures %d %d %d\\n", summary.requests, summary.bytes, summary.duration))
end
`;

interface Server {
  readonly child: ChildProcess;
  readonly port: number;
}

interface Figures {
  /** Of requests; of bytes for the large file, since the end of a run cuts some off. */
  readonly rate: number;
  readonly megabytesPerSecond: number;
  readonly cpuSecondsPerGigabyte: number;
}

/** Prints the ratios, or which peer is missing. */
export async function bench(): Promise<void> {
  const missing = ['nginx', 'wrk'].filter((program) => findProgram(program) === null);
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-bench-'));
  const servers: Server[] = [];
  try {
    await makeTree(folder);
    const shim = await startShim(folder);
    servers.push(shim);
    if (missing.length === 0) {
      const nginx = findProgram('nginx') ?? 'nginx';
      const sendfile = await startNginx(nginx, folder, 'sendfile');
      servers.push(sendfile);
      const copies = await startNginx(nginx, folder, 'copies');
      servers.push(copies);
      console.table(compareAll(folder, { shim, sendfile, copies }));
    } else {
      console.log(`no ratios: ${missing.join(' and ')} not found (apt-get install nginx wrk)`);
    }
    console.log(`${SLOW_CLIENTS} slow clients: ${await peakMegabytes(shim)} MB at the peak`);
  } finally {
    await Promise.all(servers.map(stop));
    rmSync(folder, { recursive: true });
  }
}

async function makeTree(folder: string): Promise<void> {
  mkdirSync(join(folder, 'dist'));
  await writeFile(join(folder, 'dist/manifest.json'), '{}');
  await writeFile(join(folder, 'dist/small'), Buffer.alloc(4096, 's'));
  await writeFile(join(folder, 'figures.lua'), WRK_SCRIPT);
  const file = await open(join(folder, 'dist/large'), 'w');
  const megabyte = Buffer.alloc(1024 * 1024, 'l');
  for (let written = 0; written < LARGE_MEGABYTES; written++) await file.write(megabyte);
  await file.close();
}

async function startShim(folder: string): Promise<Server> {
  const ports = ['--host', '127.0.0.1', '--http-port', '0', '--tftp-port', '0'];
  const folders = ['--dist', join(folder, 'dist'), '--state', join(folder, 'state')];
  const args = [LAUNCHER, 'serve', ...folders, ...ports];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^ready http=127\.0\.0\.1:(\d+) /.exec(line);
    if (found !== null) return { child, port: Number(found[1]) };
  }
  throw new Error('the shim did not start');
}

interface Servers {
  readonly shim: Server;
  readonly sendfile: Server;
  readonly copies: Server;
}

/** Rounds alternate, so that a slow moment of the machine falls on all. */
function compareAll(folder: string, servers: Servers) {
  const cases = [
    ['300 MB, 1 client', 'large', 1],
    ['300 MB, 8 clients', 'large', 8],
    ['4 kB, 32 clients', 'small', 32],
  ] as const;
  const rows = cases.map(([name, file, clients]) => {
    const rounds = Array.from({ length: ROUNDS }, () => ({
      shim: load(folder, servers.shim, file, clients),
      sendfile: load(folder, servers.sendfile, file, clients),
      copies: load(folder, servers.copies, file, clients),
    }));
    const of = (who: keyof Servers, key: keyof Figures) =>
      median(rounds.map((round) => round[who][key]));
    const cpu = 'cpuSecondsPerGigabyte';
    return [
      name,
      {
        'MB/s': Math.round(of('shim', 'megabytesPerSecond')),
        'requests/s': file === 'small' ? Math.round(of('shim', 'rate')) : '',
        'rate / nginx': round2(of('shim', 'rate') / of('sendfile', 'rate')),
        'CPU s/GB': round2(of('shim', cpu)),
        'CPU / nginx': round2(of('shim', cpu) / of('sendfile', cpu)),
        'nginx without sendfile': round2(of('copies', cpu) / of('sendfile', cpu)),
      },
    ] as const;
  });
  return Object.fromEntries(rows);
}

function load(folder: string, server: Server, file: string, clients: number): Figures {
  const before = cpuSeconds(server);
  const words = ['-t1', `-c${clients}`, `-d${SECONDS}s`, '-s', join(folder, 'figures.lua')];
  const url = `http://127.0.0.1:${server.port}/${file}`;
  const said = execFileSync(findProgram('wrk') ?? 'wrk', [...words, url], { encoding: 'utf8' });
  const [, requests, bytes, microseconds] =
    /^figures (\d+) (\d+) (\d+)$/m.exec(said)?.map(Number) ?? [];
  // On a busy machine no whole download may end in that time.
  if (requests === undefined || !bytes || !microseconds) throw new Error(`wrk: ${said}`);
  const seconds = microseconds / 1e6;
  return {
    rate: file === 'large' ? bytes / seconds : requests / seconds,
    megabytesPerSecond: bytes / 1e6 / seconds,
    cpuSecondsPerGigabyte: (cpuSeconds(server) - before) / (bytes / 1e9),
  };
}

/** User and system time of a process (proc(5)), in seconds. */
function cpuSeconds({ child }: Server): number {
  const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** The shim's peak memory while clients take a large file at about 1 MB/s each, for a while. */
async function peakMegabytes({ child, port }: Server): Promise<number> {
  await writeFile(`/proc/${child.pid}/clear_refs`, '5');
  const sockets = Array.from({ length: SLOW_CLIENTS }, () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('data', () => {
      socket.pause();
      setTimeout(() => socket.resume(), 60);
    });
    return socket.on('error', () => {});
  });
  for (const socket of sockets) socket.write('GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  for (const socket of sockets) socket.destroy();
  const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
  return Math.round(Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024);
}

async function stop({ child }: Server): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  const paths = folders.map((folder) => join(folder, name));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
