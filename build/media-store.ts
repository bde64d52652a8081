// media/custom/: copies of the user's own files, named by hash.
import { createHash } from 'node:crypto';
import { constants, createReadStream, type Stats, statSync } from 'node:fs';
import { copyFile, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { makeFolders } from '../durable/make-folders.ts';
import { replaceFile } from '../durable/replace-file.ts';
import type { Asset } from './media.ts';

/** Which source file had which hash; `stat` shows whether it changed. */
const indexSchema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() }));
type Index = z.infer<typeof indexSchema>;

export class MediaStore {
  readonly #folder: string;
  readonly #index: Index;

  private constructor(folder: string, index: Index) {
    this.#folder = folder;
    this.#index = index;
  }

  /** Opens `media/custom/`, creating it if necessary. */
  static async open(media: string): Promise<MediaStore> {
    const folder = join(media, 'custom');
    makeFolders(folder);
    const text = await readFile(join(folder, 'index.json'), 'utf8').catch(() => '{}');
    return new MediaStore(folder, parseIndex(text));
  }

  /** Copies a file, unless an earlier copy of the unchanged file exists. */
  async add(name: string, source: string): Promise<Asset> {
    const stats = statSync(source);
    const known = this.#index[source];
    if (known?.stamp === stamp(stats)) {
      const local = join(this.#folder, known.sha256);
      if (statSync(local, { throwIfNoEntry: false })?.size === stats.size) {
        return { name, size: stats.size, sha256: known.sha256, local, url: null };
      }
    }
    const asset = await this.make(name, (part) =>
      copyFile(source, part, constants.COPYFILE_FICLONE),
    );
    this.#index[source] = { stamp: stamp(stats), sha256: asset.sha256 };
    return asset;
  }

  /** Stores what `write` writes to the given path. Hashes the copy: sources may change. */
  async make(name: string, write: (part: string) => Promise<void>): Promise<Asset> {
    const part = join(this.#folder, `${process.pid}.part`);
    try {
      await write(part);
      const sha256 = await hashFile(part);
      const { size } = statSync(part);
      const local = join(this.#folder, sha256);
      await rename(part, local);
      return { name, size, sha256, local, url: null };
    } finally {
      await rm(part, { force: true });
    }
  }

  /** Writes the index. */
  async close(): Promise<void> {
    const text = `${JSON.stringify(this.#index, null, 2)}\n`;
    await replaceFile(join(this.#folder, 'index.json'), text, { sync: false });
  }
}

/** A damaged index only costs hashing everything again. */
function parseIndex(text: string): Index {
  try {
    return Object.assign(Object.create(null), indexSchema.parse(JSON.parse(text)));
  } catch {
    return Object.create(null);
  }
}

function stamp(stats: Stats): string {
  return [stats.size, stats.mtimeMs, stats.ctimeMs, stats.ino, stats.dev].join(' ');
}

/** SHA-256 of a file in lower-case hex. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}
