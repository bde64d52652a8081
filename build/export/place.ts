// Puts files into place by rename, on file systems that may lack links and modes.
import { createHash } from 'node:crypto';
import { chmodSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeFolders } from '../../durable/make-folders.ts';
import { sha256 } from '../output.ts';

/** One copy at a time, next to the tree so that it is on the same file system. */
const PART = '.homepbp-export.part';
const CHUNK = 1024 * 1024;
/** Files of this size or more are streamed, and synced before the rename: they are costly to lose. */
export const LARGE = 1024 * 1024;

export interface Copied {
  /** Bytes. */
  readonly size: number;
  readonly sha256: string;
}

/** Copies files into `dir` one after the other. */
export class Placer {
  readonly #dir: string;
  readonly #part: string;
  readonly #folders = new Set(['.']);

  private constructor(dir: string) {
    this.#dir = dir;
    this.#part = join(dir, PART);
  }

  /** Removes what a killed export left: the part file must not exist. */
  static async open(dir: string): Promise<Placer> {
    const placer = new Placer(dir);
    await placer.close();
    return placer;
  }

  async close(): Promise<void> {
    await rm(this.#part, { force: true });
  }

  /** Synchronous calls throughout: three times as fast for many small files. */
  copySmall(path: string, source: string, check: (sha256: string) => void): Copied {
    const bytes = readFileSync(source);
    const hash = sha256(bytes);
    check(hash);
    writeFileSync(this.#part, bytes, { flag: 'wx', mode: 0o644 });
    this.#finish(path, 0o644);
    return { size: bytes.length, sha256: hash };
  }

  /** @param mode of a new file; an existing one keeps its own, which may let a web server read it */
  placeText(path: string, text: string, mode: number): Copied {
    const there = statSync(join(this.#dir, path), { throwIfNoEntry: false });
    const wanted = there === undefined ? mode : there.mode & 0o777;
    writeFileSync(this.#part, text, { flag: 'wx', mode: wanted });
    this.#finish(path, wanted);
    return { size: Buffer.byteLength(text), sha256: sha256(text) };
  }

  /** @param onLength is told the bytes copied so far */
  async copyLarge(
    path: string,
    source: string,
    check: (sha256: string) => void,
    onLength: (bytes: number) => void,
  ): Promise<Copied> {
    const from = await open(source);
    try {
      const to = await open(this.#part, 'wx', 0o644);
      const copied = await copyBytes(from, to, onLength).finally(() => to.close());
      check(copied.sha256);
      this.#finish(path, 0o644);
      return copied;
    } finally {
      await from.close();
    }
  }

  #finish(path: string, mode: number) {
    setMode(this.#part, mode);
    this.#makeFolder(dirname(path));
    renameSync(this.#part, join(this.#dir, path));
  }

  #makeFolder(folder: string) {
    if (this.#folders.has(folder)) return;
    this.#makeFolder(dirname(folder));
    const made = makeFolders(join(this.#dir, folder));
    if (made !== undefined) setMode(join(this.#dir, folder), 0o755);
    this.#folders.add(folder);
  }
}

async function copyBytes(
  from: FileHandle,
  to: FileHandle,
  onLength: (bytes: number) => void,
): Promise<Copied> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(CHUNK);
  let size = 0;
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, CHUNK, size);
    if (bytesRead === 0) break;
    const bytes = buffer.subarray(0, bytesRead);
    hash.update(bytes);
    await to.writeFile(bytes);
    size += bytesRead;
    onLength(size);
  }
  await to.datasync();
  return { size, sha256: hash.digest('hex') };
}

/** chmod errors of file systems without modes; their mount options decide who may read. */
const NO_MODES = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL'];

/** A web server runs as another user, whatever the umask is here. */
function setMode(path: string, mode: number) {
  try {
    chmodSync(path, mode);
  } catch (error) {
    if (!NO_MODES.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
