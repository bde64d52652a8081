// For tests: the real server over a folder of its own.
import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Files } from '../files.ts';
import type { TftpEvent } from './events.ts';
import type { TftpLimits } from './limits.ts';
import { startTftpServer, type TftpServer } from './server.ts';

/** What a test has of a running server. */
export interface Trial {
  readonly server: TftpServer;
  readonly port: number;
  readonly folder: string;
  readonly events: TftpEvent[];
  /** Files open at this moment. */
  readonly opened: ReadonlySet<FileHandle>;
  /** Resolves with the first event, past or coming, that the function accepts. */
  event(wanted: (event: TftpEvent) => boolean): Promise<TftpEvent>;
}

/** A server over a new folder that holds these files; all goes when the test ends. */
export async function trial(
  t: TestContext,
  contents: Readonly<Record<string, Uint8Array | string>>,
  limits: Partial<TftpLimits> = {},
  addresses: readonly string[] = ['127.0.0.1'],
): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-tftp-'));
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(folder, name), content);
  }
  const opened = new Set<FileHandle>();
  const events: TftpEvent[] = [];
  const waiting = new Set<(event: TftpEvent) => void>();
  const log = (event: TftpEvent) => {
    events.push(event);
    for (const tell of waiting) tell(event);
  };
  const server = await startTftpServer({
    files: folderFiles(folder, opened),
    port: 0,
    addresses,
    log,
    limits,
  });
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  const event = (wanted: (event: TftpEvent) => boolean) => {
    const past = events.find(wanted);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise<TftpEvent>((resolve) => {
      const tell = (one: TftpEvent) => {
        if (!wanted(one)) return;
        waiting.delete(tell);
        resolve(one);
      };
      waiting.add(tell);
    });
  };
  return { server, port: server.addresses[0]?.port ?? 0, folder, events, opened, event };
}

/** Files right in the folder; what their names may be is not its concern. */
export function folderFiles(folder: string, opened = new Set<FileHandle>()): Files {
  return {
    open: async (name) => {
      const path = join(folder, name);
      const handle = await open(path).catch(() => null);
      if (handle === null) return null;
      opened.add(handle);
      const { size, mtimeMs } = await handle.stat();
      const close = async () => {
        await handle.close();
        opened.delete(handle);
      };
      return { handle, path, size, mtimeMs, close };
    },
  };
}

/** Bytes that differ from place to place, so that a block in the wrong place shows. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
