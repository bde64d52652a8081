// A file on its way into media/: `X.part` is hashed as it grows, and becomes X only once it is known to
// be right. `X.part.json` says what the part belongs to, so that a later run can resume.
import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { makeFolders } from '../durable/make-folders.ts';
import { mediaUnwritable } from './fetch-errors.ts';

const originSchema = z.object({
  /** Of the complete file. */
  sha256: z.string(),
  url: z.string(),
  /** For If-Range (RFC 9110, section 13.1.5); null if the server sent no strong one. */
  validator: z.string().nullable(),
});

export type Origin = z.infer<typeof originSchema>;

/** Bytes to collect before writing, for fewer and larger calls. */
const BATCH = 1024 * 1024;
const READ = 1024 * 1024;
const SYNC_STRIDE = 32 * 1024 * 1024;

/** One writer at a time. Disk errors are thrown as UserErrors. */
export class PartFile {
  readonly path: string;
  readonly #target: string;
  readonly #handle: FileHandle;
  #hash: Hash = createHash('sha256');
  #origin: Origin | null = null;
  #length = 0;
  /** The bytes of `#length` that came from an earlier run or an earlier answer. */
  #inherited = 0;
  #batch: Uint8Array[] = [];
  #batched = 0;
  #writing: Promise<unknown> = Promise.resolve();
  /** Bytes that are on the disk, or will be after the current sync. */
  #synced = 0;
  #isSyncing = false;
  #syncing: Promise<void> = Promise.resolve();

  private constructor(target: string, handle: FileHandle) {
    this.#target = target;
    this.path = partOf(target);
    this.#handle = handle;
  }

  /** Opens the part of `target`. An existing part of the same file is hashed again and kept. */
  static async open(target: string, sha256: string, size: number): Promise<PartFile> {
    try {
      makeFolders(dirname(target));
      const part = new PartFile(
        target,
        await open(partOf(target), constants.O_RDWR | constants.O_CREAT),
      );
      await part.#takeUp(sha256, size);
      return part;
    } catch (error) {
      throw mediaUnwritable(partOf(target), error);
    }
  }

  async #takeUp(sha256: string, size: number): Promise<void> {
    const origin = await readOrigin(this.#target);
    const { size: there } = await this.#handle.stat();
    if (origin?.sha256 !== sha256 || there > size) return this.#handle.truncate(0);
    this.#origin = origin;
    const buffer = Buffer.allocUnsafe(READ);
    while (this.#length < there) {
      const { bytesRead } = await this.#handle.read(buffer, 0, READ, this.#length);
      if (bytesRead === 0) break;
      this.#hash.update(buffer.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
    this.#inherited = this.#length;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** Where the bytes so far are from; null if there are none. */
  get origin(): Origin | null {
    return this.#length > 0 ? this.#origin : null;
  }

  /** Whether the bytes are from more than one answer. */
  get isPatched(): boolean {
    return this.#inherited > 0;
  }

  /** Marks the bytes so far as from an earlier answer. */
  inherit() {
    this.#inherited = this.#length;
  }

  /** Discards the bytes so far; the next ones are from `origin`. */
  async restart(origin: Origin): Promise<void> {
    await this.#guard(async () => {
      await this.#writing;
      this.#batch = [];
      this.#batched = 0;
      this.#length = 0;
      this.#synced = 0;
      this.#inherited = 0;
      this.#hash = createHash('sha256');
      this.#origin = origin;
      await this.#handle.truncate(0);
      await writeFile(originOf(this.#target), JSON.stringify(origin));
    });
  }

  /** Records what the bytes so far turned out to be. */
  async attribute(origin: Origin): Promise<void> {
    this.#origin = origin;
    await this.#guard(() => writeFile(originOf(this.#target), JSON.stringify(origin)));
  }

  /** Appends. Resolves when more bytes may come, which is before these are written. */
  async write(bytes: Uint8Array): Promise<void> {
    this.#hash.update(bytes);
    this.#length += bytes.length;
    this.#batch.push(bytes);
    this.#batched += bytes.length;
    if (this.#batched >= BATCH) await this.#guard(() => this.#writeBatch());
  }

  async #writeBatch(): Promise<void> {
    await this.#writing;
    if (this.#batch.length === 0) return;
    const batch = this.#batch;
    const at = this.#length - this.#batched;
    this.#batch = [];
    this.#batched = 0;
    this.#writing = writeAll(this.#handle, batch, at);
    this.#syncAhead(at);
    // Awaited with the next batch; until then a failure must not count as unhandled.
    this.#writing.catch(() => {});
  }

  /** Syncs while the download still runs, so that little is left for the end. */
  #syncAhead(written: number) {
    if (this.#isSyncing || written < this.#synced + SYNC_STRIDE) return;
    this.#isSyncing = true;
    this.#synced = written;
    // An error shows again in sync().
    const done = () => {
      this.#isSyncing = false;
    };
    this.#syncing = this.#handle.datasync().then(done, done);
  }

  /** Resolves when everything so far is written. */
  async flush(): Promise<void> {
    await this.#guard(async () => {
      await this.#writeBatch();
      await this.#writing;
    });
  }

  /** SHA-256 of the bytes so far, lower-case hex. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Makes the bytes survive a power failure; call it before `promote`. */
  async sync(): Promise<void> {
    await this.#guard(() => this.#handle.datasync());
  }

  async close(): Promise<void> {
    await this.#syncing;
    await this.#handle.close();
  }

  /** Wraps disk errors, once. */
  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      throw mediaUnwritable(this.path, error);
    }
  }
}

function partOf(target: string): string {
  return `${target}.part`;
}

function originOf(target: string): string {
  return `${target}.part.json`;
}

async function readOrigin(target: string): Promise<Origin | null> {
  const text = await readFile(originOf(target), 'utf8').catch(() => '');
  try {
    return originSchema.parse(JSON.parse(text));
  } catch {
    return null; // never written, or truncated by a power failure: the part is useless
  }
}

/** A write may be short, as when the disk is nearly full; the next one then fails. */
async function writeAll(handle: FileHandle, batch: Uint8Array[], position: number): Promise<void> {
  const total = batch.reduce((sum, { length }) => sum + length, 0);
  let { bytesWritten } = await handle.writev(batch, position);
  while (bytesWritten < total) {
    const rest = Buffer.concat(batch).subarray(bytesWritten);
    bytesWritten += (await handle.write(rest, 0, rest.length, position + bytesWritten))
      .bytesWritten;
  }
}

/** Gives the part its final name. Only for verified and synced parts. */
export async function promote(target: string): Promise<void> {
  try {
    await rename(partOf(target), target);
    await rm(originOf(target), { force: true });
  } catch (error) {
    throw mediaUnwritable(target, error);
  }
}

/** Removes a part that turned out wrong. */
export async function discard(target: string): Promise<void> {
  await rm(partOf(target), { force: true });
  await rm(originOf(target), { force: true });
}
