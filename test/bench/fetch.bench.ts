// A download of 2 GB, hashed as it comes and written to the disk, against `curl | sha256sum`, which
// writes nothing: what being fetched by us costs beyond being fetched.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Worker } from 'node:worker_threads';

const BYTES = 2_000_000_000;
const ROUNDS = 3;
/** Memory that is a file system: takes the disk out of the comparison. */
const MEMORY = '/dev/shm';

/** Sends one buffer again and again, so that the server costs as little as it can. */
const SERVER = `
import { createServer } from 'node:http';
import { parentPort } from 'node:worker_threads';
const chunk = Buffer.alloc(1 << 20);
const server = createServer((request, response) => {
  response.writeHead(200, { 'content-length': ${BYTES}, etag: '"1"' });
  let left = ${BYTES};
  const send = () => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length));
      left -= part.length;
      if (!response.write(part)) return response.once('drain', send);
    }
    response.end();
  };
  send();
});
server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** The engine as `fetch` uses it, in a process of its own, as curl is one. */
const FETCH = `
import { Engine } from ${JSON.stringify(join(import.meta.dirname, '../../fetch/engine.ts'))};
import { openHttp } from ${JSON.stringify(join(import.meta.dirname, '../../fetch/http.ts'))};
import { NO_PROGRESS } from ${JSON.stringify(join(import.meta.dirname, '../../fetch/progress.ts'))};
const [media, url, size, sha256] = process.argv.slice(1);
const http = openHttp();
const engine = await Engine.open({ media, http, progress: NO_PROGRESS });
await engine.fetchAll([{ path: 'os/24.04-amd64/rootfs.squashfs', url, size: Number(size), sha256 }]);
await http.close();
`;

/** Prints the ratio of the medians for each place that the file is written to. */
export async function bench(): Promise<void> {
  const missing = ['curl', 'sha256sum'].filter((name) => !isInstalled(name));
  if (missing.length > 0) {
    console.log(`no ratio: ${missing.join(' and ')} not found`);
    return;
  }
  const server = new Worker(new URL(`data:text/javascript,${encodeURIComponent(SERVER)}`));
  const [port] = await once(server, 'message');
  try {
    const url = `http://127.0.0.1:${port}/rootfs`;
    const rows: Record<string, object> = {};
    for (const [name, parent] of places()) rows[name] = await compare(parent, url);
    console.table(rows);
  } finally {
    await server.terminate();
  }
}

function places(): [string, string][] {
  const memory = existsSync(MEMORY) ? statfsSync(MEMORY) : { bavail: 0, bsize: 0 };
  const fits = memory.bavail * memory.bsize > 1.5 * BYTES;
  return [...(fits ? [['to memory', MEMORY] as [string, string]] : []), ['to the disk', tmpdir()]];
}

/** The two alternate, so that a slow moment of the machine falls on both. */
async function compare(parent: string, url: string) {
  const sha256 = hashOfZeros();
  const curl: number[] = [];
  const ours: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    curl.push(await timed(['sh', '-c', `curl -s ${url} | sha256sum >/dev/null`]));
    const media = mkdtempSync(join(parent, 'homepbp-bench-'));
    try {
      const words = ['--input-type=module', '-e', FETCH, media, url, `${BYTES}`, sha256];
      ours.push(await timed([process.execPath, ...words]));
    } finally {
      rmSync(media, { recursive: true });
    }
  }
  return {
    'curl | sha256sum, s': round2(median(curl)),
    'fetch, s': round2(median(ours)),
    ratio: round2(median(ours) / median(curl)),
  };
}

function hashOfZeros(): string {
  const hash = createHash('sha256');
  const chunk = Buffer.alloc(1_000_000);
  for (let at = 0; at < BYTES; at += chunk.length) hash.update(chunk);
  return hash.digest('hex');
}

/** Seconds that a command takes. What others wrote is on the disk before, so that nobody waits for it. */
async function timed([program = '', ...args]: readonly string[]): Promise<number> {
  await once(spawn('sync'), 'exit');
  const start = performance.now();
  const [status] = await once(spawn(program, args, { stdio: 'inherit' }), 'exit');
  if (status !== 0) throw new Error(`${program} failed with status ${status}`);
  return (performance.now() - start) / 1000;
}

function isInstalled(program: string): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.some((folder) => existsSync(join(folder, program)));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
