// Which files of media/ are known to be right without hashing them again: `media/.verified.json`
// remembers each one's hash and what stat(2) said at that time.
import { createHash } from 'node:crypto';
import { createReadStream, type Stats } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { LockedFile } from '../contract/media-lock.ts';
import { replaceFile } from '../durable/replace-file.ts';

/** Its name in media/; written at the end of each fetch. */
export const VERIFIED = '.verified.json';

const indexSchema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() }));

interface HashOptions {
  readonly rehash?: boolean;
  /** Called with the bytes hashed so far. */
  readonly onLength?: (bytes: number) => void;
}

export class VerifiedFiles {
  readonly #media: string;
  #index: z.infer<typeof indexSchema> = {};

  private constructor(media: string) {
    this.#media = media;
  }

  /** Reads what earlier runs remembered; without that, files are hashed again. */
  static async open(media: string): Promise<VerifiedFiles> {
    const files = new VerifiedFiles(media);
    const text = await readFile(join(media, VERIFIED), 'utf8').catch(() => '{}');
    try {
      files.#index = indexSchema.parse(JSON.parse(text));
    } catch {
      // Only a cache: what it lacks is hashed again.
    }
    return files;
  }

  /**
   * Whether media/ has this file. Hashes it if it is not known, or always with `rehash`.
   * @param path below media/
   */
  async has(
    path: string,
    { size, sha256 }: LockedFile,
    { rehash = false, onLength }: HashOptions = {},
  ): Promise<boolean> {
    const stats = await stat(join(this.#media, path)).catch(() => null);
    if (stats === null || !stats.isFile() || stats.size !== size) return false;
    const known = this.#index[path];
    if (!rehash && known?.stamp === stampOf(stats)) return known.sha256 === sha256;
    const found = await hashFile(join(this.#media, path), onLength);
    this.#index[path] = { stamp: stampOf(stats), sha256: found };
    return found === sha256;
  }

  /** Removes a wrong file of the right size, which the build would mistake for the right one. */
  async evict(path: string, size: number): Promise<void> {
    const stats = await stat(join(this.#media, path)).catch(() => null);
    if (stats?.isFile() && stats.size === size) await rm(join(this.#media, path));
    delete this.#index[path];
  }

  /** Remembers a file that was just renamed into place. */
  async add(path: string, sha256: string): Promise<void> {
    const stats = await stat(join(this.#media, path)).catch(() => null);
    if (stats !== null) this.#index[path] = { stamp: stampOf(stats), sha256 };
  }

  /** If it cannot be written, as on a full disk, later runs hash again. */
  async save(): Promise<void> {
    const sorted = Object.entries(this.#index).sort(([a], [b]) => (a < b ? -1 : 1));
    const text = `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
    await replaceFile(join(this.#media, VERIFIED), text, { sync: false }).catch(() => {});
  }
}

function stampOf({ size, mtimeMs, ino }: Stats): string {
  return `${size} ${mtimeMs} ${ino}`;
}

async function hashFile(path: string, onLength?: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk);
    length += chunk.length;
    onLength?.(length);
  }
  return hash.digest('hex');
}
