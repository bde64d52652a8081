// All downloads of a run: a few at a time, after checking for space; files that belong together are
// renamed into place together, once the last of them is verified.
import { stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';
import { download, type Wanted } from './download.ts';
import { DiskError, noSpace, ofFile, severalFailed } from './fetch-errors.ts';
import type { Http } from './http.ts';
import { type Limit, limitTo } from './limit.ts';
import { promote } from './part.ts';
import type { Progress } from './progress.ts';
import type { RetryPolicy } from './retry.ts';
import { unpack } from './unpack.ts';
import { downloadUnpinned } from './unpinned.ts';
import { VerifiedFiles } from './verified.ts';

export interface EngineOptions {
  readonly media: string;
  readonly http: Http;
  readonly progress: Progress;
  /** Transfers at a time; default 4. */
  readonly parallel?: number;
  readonly retry?: RetryPolicy | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Told of each file that was checked, in one line. */
  readonly trace?: ((line: string) => void) | undefined;
  /** Free bytes on the disk of a folder; default: from statfs(2). */
  readonly freeBytes?: (folder: string) => Promise<number>;
}

export interface Fetched {
  readonly files: number;
  readonly bytes: number;
  /** Files that were already present. */
  readonly present: number;
}

/** Downloads into one media/. Only one at a time: see `exclusively`. */
export class Engine {
  readonly #options: EngineOptions;
  readonly #limit: Limit;
  readonly #verified: VerifiedFiles;
  /** Set once a file cannot be written: then there is no point in fetching the others. */
  #diskFault: DiskError | null = null;

  private constructor(options: EngineOptions, verified: VerifiedFiles) {
    this.#options = options;
    this.#limit = limitTo(options.parallel ?? 4);
    this.#verified = verified;
  }

  static async open(options: EngineOptions): Promise<Engine> {
    return new Engine(options, await VerifiedFiles.open(options.media));
  }

  /**
   * The local path of a file with that size and hash, fetched if missing. Until `fetchAll` it may be
   * the path of a part.
   */
  async verified(file: Wanted): Promise<string> {
    const target = join(this.#options.media, file.path);
    if (await this.#verified.has(file.path, file)) return target;
    await this.#limit(() => this.#download(file));
    return `${target}.part`;
  }

  /** Fetches a file of unknown size and hash; passing the result to `fetchAll` keeps it. */
  async unpinned(url: string, path: string, { maxBytes }: { readonly maxBytes: number }) {
    const { http, media, progress, retry, signal } = this.#options;
    const target = join(media, path);
    return this.#limit(async () => {
      const bar = progress.add(path, null);
      try {
        const limits = { maxBytes, retry, signal };
        const found = await downloadUnpinned(url, target, {
          http,
          ...limits,
          onLength: bar.length,
        });
        bar.done();
        this.#options.trace?.(`${path}: SHA-256 ${found.sha256}, not pinned yet`);
        return { path: `${target}.part`, ...found };
      } finally {
        bar.remove();
      }
    });
  }

  /**
   * Fetches what is missing. One file's failure does not stop the others.
   * @throws {UserError} with all errors; a full disk and an abort stop everything at once
   */
  async fetchAll(files: readonly Wanted[]): Promise<Fetched> {
    const missing = await this.missing(files);
    for (const { path, size } of missing) await this.#verified.evict(path, size);
    await this.#checkSpace(missing);
    const downloads = missing.filter(({ member }) => member === undefined);
    const bytes = downloads.reduce((sum, { size }) => sum + size, 0);
    this.#options.progress.expect(bytes);
    const faults: unknown[] = [];
    const groups = Map.groupBy(missing, ({ path }) => groupOf(path));
    await Promise.all([...groups.values()].map((group) => this.#fetchGroup(group, faults)));
    await this.#verified.save();
    throwAll(faults);
    return { files: missing.length, bytes, present: files.length - missing.length };
  }

  /** The files that media/ does not have. */
  async missing(files: readonly Wanted[]): Promise<Wanted[]> {
    const missing: Wanted[] = [];
    for (const file of files) if (!(await this.#verified.has(file.path, file))) missing.push(file);
    return missing;
  }

  async #fetchGroup(group: readonly Wanted[], faults: unknown[]): Promise<void> {
    const downloads = group.filter(({ member }) => member === undefined);
    const results = await Promise.allSettled(
      downloads.map((file) => this.#limit(() => this.#download(file))),
    );
    const reasons = results.filter((result) => result.status === 'rejected');
    faults.push(...reasons.map(({ reason }) => reason));
    if (reasons.length > 0) return;
    try {
      await this.#unpackGroup(group);
      await this.#promoteGroup(group);
    } catch (error) {
      faults.push(error);
    }
  }

  async #promoteGroup(group: readonly Wanted[]): Promise<void> {
    for (const { path, sha256 } of group) {
      await promote(join(this.#options.media, path));
      await this.#verified.add(path, sha256);
    }
  }

  async #unpackGroup(group: readonly Wanted[]): Promise<void> {
    const members = group.filter(({ member }) => member !== undefined);
    for (const [archive, files] of Map.groupBy(members, ({ member }) => member?.archive ?? '')) {
      await unpack(this.#options.media, archive, files);
    }
  }

  async #download(file: Wanted): Promise<void> {
    const { media, http, progress, retry, signal } = this.#options;
    signal?.throwIfAborted();
    if (this.#diskFault !== null) throw this.#diskFault;
    const target = join(media, file.path);
    const bar = progress.add(file.path, file.size);
    try {
      await download(file, target, { http, retry, signal, onLength: bar.length });
      this.#options.trace?.(`${file.path}: SHA-256 ${file.sha256}, as it should be`);
      bar.done();
    } catch (error) {
      if (error instanceof DiskError) this.#diskFault = error;
      throw ofFile(file.path, error);
    } finally {
      bar.remove();
    }
  }

  async #checkSpace(missing: readonly Wanted[]): Promise<void> {
    const { media, freeBytes = statfsFree } = this.#options;
    let needed = 0;
    for (const { path, size } of missing) {
      const part = await stat(join(media, `${path}.part`)).catch(() => null);
      needed += Math.max(0, size - (part?.size ?? 0));
    }
    if (needed === 0) return;
    const free = await freeBytes(media);
    if (free < needed) throw noSpace(media, needed, free);
  }
}

/** An abort, or a bug of ours, takes precedence over errors that the user can fix. */
function throwAll(faults: readonly unknown[]) {
  const strange = faults.find((fault) => !(fault instanceof UserError));
  if (strange !== undefined) throw strange;
  if (faults.length > 0) throw severalFailed(faults.filter((fault) => fault instanceof UserError));
}

async function statfsFree(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/**
 * `os/<id>`, `os/<id>/firmware`, `k3s/<version>`, `busybox/<arch>`, `ipxe`: files that are
 * useless, or worse, without each other.
 */
function groupOf(path: string): string {
  const [room = '', folder = '', part] = path.split('/');
  if (part === 'firmware') return `${room}/${folder}/${part}`;
  return room === 'ipxe' ? room : `${room}/${folder}`;
}
