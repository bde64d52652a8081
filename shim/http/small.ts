// Files up to 1 MiB that are not read whole, such as the page's, served by sirv, which gets only
// whole-file GETs. What it gets wrong (3.0.2) is kept from it or corrected here: ranges; HEAD;
// Content-Encoding; streams left open by aborted downloads, or without an error listener; no check that
// the file it opens is the one that the guard checked.

import { once } from 'node:events';
import { fstatSync, ReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import sirv from 'sirv';
import type { ServedFile } from '../files.ts';
import { ConnectionLost, FileShrunk, isLost, sendStretch } from './body.ts';

/** Files from this size on are not for sirv: its 64 KiB reads are slow. */
const SIRV_LIMIT_BYTES = 1024 * 1024;

/**
 * Sends a whole file whose headers, including Content-Length, are already set on the response.
 * @param name the file's name relative to sirv's root
 * @throws ConnectionLost, FileShrunk; then the connection must be cut
 */
export type SendSmall = (
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
  file: ServedFile,
) => Promise<void>;

/** Whether sirv can serve this file: by size, name, and what it would add to the headers. */
export function isSmall(name: string, size: number): boolean {
  return size < SIRV_LIMIT_BYTES && !/[?#]|\.(gz|br)$/.test(name);
}

/** @param root the folder that the names are relative to */
export function createSmall(root: string): SendSmall {
  const serve = sirv(root, { dev: true, extensions: [] });
  return async (request, response, name, file) => {
    const source = await askSirv(serve, request, response, name);
    const whole = { start: 0, end: file.size - 1 };
    if (source === null || !(await opensSame(source, file))) {
      await sendStretch(response, file.handle, whole);
    } else {
      await copy(source, response, file.size);
    }
  };
}

/** Sirv's own stream of the file, detached from the response; null when it found no file. */
function askSirv(
  serve: ReturnType<typeof sirv>,
  request: IncomingMessage,
  response: ServerResponse,
  name: string,
): Promise<ReadStream | null> {
  request.url = `/${encodeURI(name)}`;
  delete request.headers.range;
  return new Promise((resolve) => {
    response.once('pipe', (source) => {
      source.unpipe(response);
      resolve(source instanceof ReadStream ? source : null);
    });
    serve(request, response, () => resolve(null));
  });
}

/** Whether the stream opened the same file that is open already; if not, it is destroyed. */
async function opensSame(source: ReadStream, { handle }: ServedFile): Promise<boolean> {
  try {
    const [fd] = await once(source, 'open');
    const ours = fstatSync(handle.fd);
    const theirs = fstatSync(fd);
    if (ours.dev === theirs.dev && ours.ino === theirs.ino) return true;
  } catch {
    // The name is gone by now: the open file is still the right one.
  }
  source.destroy();
  return false;
}

/** Like pipe(), but exactly `size` bytes, and nothing stays open whichever side ends first. */
function copy(source: ReadStream, response: ServerResponse, size: number): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let left = size;
    if (isLost(response)) reject(new ConnectionLost());
    response.once('close', () => reject(new ConnectionLost()));
    response.on('drain', () => source.resume());
    source.on('error', reject);
    source.on('end', () => reject(new FileShrunk()));
    source.on('data', (chunk) => {
      const part = Buffer.from(chunk).subarray(0, left);
      left -= part.length;
      if (left === 0) {
        response.end(part);
        resolve();
      } else if (!response.write(part)) source.pause();
    });
  }).finally(() => source.destroy());
}
