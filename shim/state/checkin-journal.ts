// state/checkins.jsonl: the machines' check-ins, one a line, newest last. It is only for people: a line
// torn by a power cut is skipped, and a full disk costs history, not a boot.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { CHECKIN_STAGES, type Checkin } from '../../contract/checkin.ts';
import { canonicalMacSchema } from '../../contract/inventory.ts';
import { parseJson } from '../../contract/parse.ts';
import { makeFolder } from '../../durable/replace-file.ts';
import { stateNotWritten } from './state-errors.ts';
import { writeState } from './write-state.ts';

export const CHECKINS = 'checkins.jsonl';

/** A check-in and when it arrived, in milliseconds since 1970. */
export interface Entry extends Checkin {
  readonly at: number;
}

export interface Journal {
  /** What was read at start, oldest first. */
  readonly entries: readonly Entry[];
  /** Adds a line in the background; dropped when too many are waiting. */
  append(entry: Entry): void;
  /** Resolves once all pending lines are in the file. */
  close(): Promise<void>;
}

export interface JournalLimits {
  /** Bytes at which the file is rewritten. Default 1 MiB. */
  readonly maxBytes: number;
  /** Bytes that it has at most after that. Default half of `maxBytes`. */
  readonly keptBytes: number;
  /** Lines per machine that a rewrite keeps. Default 16. */
  readonly keptPerMac: number;
  /** Lines that may be waiting to be written. Default 256. */
  readonly waiting: number;
}

const LIMITS: JournalLimits = {
  maxBytes: 1024 * 1024,
  keptBytes: 512 * 1024,
  keptPerMac: 16,
  waiting: 256,
};

const entrySchema = z.object({
  at: z.number().check(z.positive()),
  mac: canonicalMacSchema,
  stage: z.enum(CHECKIN_STAGES),
  message: z.string().check(z.maxLength(1000)),
  error: z.nullable(z.string().check(z.maxLength(1000))),
});

/**
 * @param folder the state folder; created when something is to be written
 * @param onFault gets a readable message about what could not be read or written
 */
export function openJournal(
  folder: string,
  onFault: (reason: string) => void,
  limits: JournalLimits = LIMITS,
): Journal {
  return new FileJournal(folder, onFault, limits);
}

class FileJournal implements Journal {
  readonly entries: readonly Entry[];
  readonly #folder: string;
  readonly #path: string;
  readonly #onFault: (reason: string) => void;
  readonly #limits: JournalLimits;
  /** What the file would hold if it were rewritten. */
  #recent: Entry[];
  /** Bytes of the file. */
  #size: number;
  /** Its last line may be incomplete. */
  #torn: boolean;
  #waiting = 0;
  #last = Promise.resolve();

  constructor(folder: string, onFault: (reason: string) => void, limits: JournalLimits) {
    this.#folder = folder;
    this.#path = join(folder, CHECKINS);
    this.#onFault = onFault;
    this.#limits = limits;
    const { text, size } = readTail(this.#path, limits.maxBytes, onFault);
    this.entries = kept(parseLines(text), limits);
    this.#recent = [...this.entries];
    this.#size = size;
    this.#torn = text !== '' && !text.endsWith('\n');
  }

  append(entry: Entry): void {
    if (this.#waiting >= this.#limits.waiting) return;
    this.#waiting += 1;
    this.#last = this.#last.then(() => this.#take(entry));
  }

  close(): Promise<void> {
    return this.#last;
  }

  async #take(entry: Entry): Promise<void> {
    this.#recent.push(entry);
    try {
      await this.#write(lineOf(entry));
      this.#torn = false;
    } catch (error) {
      // Part of the line may have been written.
      this.#torn = true;
      this.#onFault(stateNotWritten(this.#path, error).message);
    }
    this.#waiting -= 1;
    // Memory stays bounded even if writing keeps failing.
    if (this.#recent.length > 4 * this.#limits.waiting) {
      this.#recent = kept(this.#recent, this.#limits);
    }
  }

  /** Appends, or rewrites the file if that would make it too long. */
  async #write(line: string): Promise<void> {
    const text = this.#torn ? `\n${line}` : line;
    const length = Buffer.byteLength(text);
    if (this.#size + length <= this.#limits.maxBytes) {
      await makeFolder(this.#folder);
      await appendFile(this.#path, text);
      this.#size += length;
      return;
    }
    this.#recent = kept(this.#recent, this.#limits);
    const all = this.#recent.map(lineOf).join('');
    await writeState(this.#path, all);
    this.#size = Buffer.byteLength(all);
  }
}

/** The last bytes of a file, and its size; empty if it does not exist. */
function readTail(path: string, maxBytes: number, onFault: (reason: string) => void) {
  try {
    const fd = openSync(path, 'r');
    try {
      const { size } = fstatSync(fd);
      const bytes = Buffer.alloc(Math.min(size, maxBytes));
      const length = readSync(fd, bytes, 0, bytes.length, size - bytes.length);
      return { text: bytes.toString('utf8', 0, length), size };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') onFault(`${path} cannot be read: ${code ?? message}`);
    return { text: '', size: 0 };
  }
}

function parseLines(text: string): Entry[] {
  return text.split('\n').flatMap((line) => {
    try {
      return [parseJson(entrySchema, line)];
    } catch {
      return [];
    }
  });
}

/** The newest entries, limited per machine and in bytes, oldest first. */
function kept(entries: readonly Entry[], { keptPerMac, keptBytes }: JournalLimits): Entry[] {
  const perMac = new Map<string, number>();
  const result: Entry[] = [];
  let bytes = 0;
  for (const entry of entries.toReversed()) {
    const count = (perMac.get(entry.mac) ?? 0) + 1;
    if (count > keptPerMac) continue;
    bytes += Buffer.byteLength(lineOf(entry));
    if (bytes > keptBytes) break;
    perMac.set(entry.mac, count);
    result.push(entry);
  }
  return result.reverse();
}

function lineOf(entry: Entry): string {
  return `${JSON.stringify(entry)}\n`;
}
