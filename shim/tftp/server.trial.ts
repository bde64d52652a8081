// For tests: a real server over its own folder.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { createFiles, type Files, type ServedFile } from '../files.ts';
import { type HolderOf, strangerAt } from '../sources.ts';
import type { TftpEvent } from './events.ts';
import type { TftpLimits } from './limits.ts';
import { startTftpServer, type TftpServer } from './server.ts';

/** A running server. */
export interface Trial {
  readonly server: TftpServer;
  readonly port: number;
  readonly folder: string;
  readonly events: readonly TftpEvent[];
  /** Files open now. */
  readonly opened: ReadonlySet<ServedFile>;
  /** Resolves with the first event, past or future, that the function accepts. */
  event(wanted: (event: TftpEvent) => boolean): Promise<TftpEvent>;
}

/** Deviations from a server on 127.0.0.1 over a folder, with the usual limits. */
interface Setting {
  readonly limits?: Partial<TftpLimits>;
  readonly addresses?: readonly string[];
  readonly files?: Files;
  readonly holderOf?: HolderOf;
}

/** A server over a new folder with these files; both are removed when the test ends. */
export async function trial(
  t: TestContext,
  contents: Readonly<Record<string, Uint8Array | string>>,
  { limits = {}, addresses = ['127.0.0.1'], files, holderOf = strangerAt }: Setting = {},
): Promise<Trial> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-tftp-'));
  for (const [name, content] of Object.entries(contents)) {
    await writeFile(join(folder, name), content);
  }
  const opened = new Set<ServedFile>();
  const { events, log, event } = eventLog();
  const served = files ?? folderFiles(folder, opened);
  const options = { files: served, port: 0, addresses, log, limits, holderOf };
  const server = await startTftpServer(options);
  t.after(async () => {
    await server.close();
    await rm(folder, { recursive: true });
  });
  return { server, port: server.addresses[0]?.port ?? 0, folder, events, opened, event };
}

/** Collects events, and resolves promises for them. */
function eventLog() {
  const events: TftpEvent[] = [];
  const waiting = new Set<(event: TftpEvent) => void>();
  const log = (event: TftpEvent) => {
    events.push(event);
    for (const tell of waiting) tell(event);
  };
  const event = (wanted: (event: TftpEvent) => boolean) =>
    new Promise<TftpEvent>((resolve) => {
      const past = events.find(wanted);
      if (past !== undefined) resolve(past);
      waiting.add((one) => {
        if (wanted(one)) resolve(one);
      });
    });
  return { events, log, event };
}

/** The files of a folder; `opened` has those that are open. */
export function folderFiles(folder: string, opened = new Set<ServedFile>()): Files {
  const files = createFiles(folder, []);
  return {
    open: async (name) => {
      const file = await files.open(name);
      if (file === null) return null;
      const counted = {
        ...file,
        close: async () => {
          await file.close();
          opened.delete(counted);
        },
      };
      opened.add(counted);
      return counted;
    },
  };
}

/** Bytes that differ throughout, so that a misplaced block is noticed. */
export function pattern(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[at] = state >>> 16;
  }
  return bytes;
}
