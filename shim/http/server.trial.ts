// For tests: a real server on loopback over a scratch dist/, and clients that send what no
// well-behaved one would.
import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { Agent, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { createDistFiles } from '../files.ts';
import type { LogEvent } from '../log.ts';
import { type HttpServerOptions, startHttpServer } from './server.ts';
import { createSmall } from './small.ts';

export interface Answer {
  readonly status: number;
  /** The reason phrase of the status line. */
  readonly phrase: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  /** The client's address. */
  readonly from?: string;
}

export interface Trial {
  readonly port: number;
  /** The scratch folder, which holds dist/. */
  readonly folder: string;
  readonly dist: string;
  /** The log so far. */
  readonly events: readonly LogEvent[];
  /** One request on its own connection. The path is sent verbatim. */
  ask(path: string, options?: Asking): Promise<Answer>;
  /** A connection that has sent this; paused. `from` is the client's address. */
  send(text: string, from?: string): Promise<Socket>;
  write(path: string, content: string | Uint8Array): void;
  close(): Promise<void>;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** Serves these files (path in the scratch folder → content) until the test ends. */
export async function openTrial(
  t: TestContext,
  files: Files,
  options: Partial<HttpServerOptions> = {},
): Promise<Trial> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-http-')));
  t.after(() => rmSync(folder, { recursive: true }));
  const dist = join(folder, 'dist');
  const write = (path: string, content: string | Uint8Array) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  for (const [path, content] of Object.entries(files)) write(path, content);
  const events: LogEvent[] = [];
  const server = await startHttpServer({
    files: createDistFiles(dist),
    sendSmall: createSmall(dist),
    guard: null,
    names: [],
    port: 0,
    addresses: ['127.0.0.1'],
    log: (event) => events.push(event),
    ...options,
  });
  const [address] = server.addresses;
  assert.ok(address);
  const { port } = address;
  const { close } = server;
  const sockets = new Set<Socket>();
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return close();
  });
  const send = sender(sockets, port);
  return { port, folder, dist, events, write, close, ask: asker(port), send };
}

function asker(port: number): Trial['ask'] {
  return (path, { method = 'GET', headers = {}, from: localAddress = '127.0.0.1' } = {}) =>
    new Promise((resolve, reject) => {
      const agent = new Agent({ keepAlive: false });
      const options = { host: '127.0.0.1', localAddress, port, path, method, headers, agent };
      const sent = request(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode: status = 0, statusMessage: phrase = '', headers } = response;
          resolve({ status, phrase, headers, body: Buffer.concat(chunks) });
        });
      });
      sent.on('error', reject);
      sent.end();
    });
}

function sender(sockets: Set<Socket>, port: number): Trial['send'] {
  return (text, localAddress = '127.0.0.1') =>
    new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress }, () => {
        socket.off('error', reject).on('error', () => {});
        socket.pause();
        socket.write(text, () => resolve(socket));
      });
      socket.once('error', reject);
      sockets.add(socket);
    });
}

/** All bytes from a connection until the other side ends or cuts it. */
export async function drain(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  socket.resume();
  if (!socket.closed) await new Promise((resolve) => socket.once('close', resolve));
  return Buffer.concat(chunks);
}

/** Reads until the text has arrived; returns everything read. */
export async function readUntil(socket: Socket, text: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    if (Buffer.concat(chunks).includes(text)) break;
  }
  return Buffer.concat(chunks);
}

/** Resolves once a condition holds; polls it. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, `timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** The files below a folder that this process has open; Linux only (from /proc). */
export function openFiles(folder: string): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
    } catch {
      return [];
    }
  });
}

/** Bytes in which no two stretches are the same. */
export function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let at = 0; at + 4 <= length; at += 4)
    bytes.writeUInt32LE((at * 2_654_435_761) % 2 ** 32, at);
  return bytes;
}
