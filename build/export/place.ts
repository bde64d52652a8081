// Files put into their places by rename, on file systems that may know neither links nor modes.
import { createHash } from 'node:crypto';
import { chmod, type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** One copy at a time, beside the tree and so on its file system. */
const PART = '.homepbp-export.part';
const CHUNK = 1024 * 1024;
/** Bytes from which on a file is synced before it is renamed: losing one is dear. */
const LARGE = 1024 * 1024;

/**
 * Copies a file, links followed.
 * @param onLength is told the bytes copied so far
 * @returns size in bytes and SHA-256 of what was copied
 */
export async function copyInto(
  dir: string,
  path: string,
  source: string,
  check: (sha256: string) => void,
  onLength: (bytes: number) => void = () => {},
): Promise<{ size: number; sha256: string }> {
  const part = join(dir, PART);
  const from = await open(source);
  try {
    await rm(part, { force: true });
    const to = await open(part, 'wx', 0o644);
    const copied = await copyBytes(from, to, onLength).finally(() => to.close());
    check(copied.sha256);
    await allowReading(part, 0o644);
    await makeFolders(dir, dirname(path));
    await rename(part, join(dir, path));
    return copied;
  } finally {
    await from.close();
    await rm(part, { force: true });
  }
}

async function copyBytes(from: FileHandle, to: FileHandle, onLength: (bytes: number) => void) {
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
  if (size >= LARGE) await to.datasync();
  return { size, sha256: hash.digest('hex') };
}

/** A web server runs as another user. File systems without modes refuse, and need none. */
async function allowReading(path: string, mode: number): Promise<void> {
  await chmod(path, mode).catch(() => {});
}

async function makeFolders(dir: string, folder: string): Promise<void> {
  const made = await mkdir(join(dir, folder), { recursive: true });
  if (made === undefined) return;
  for (let at = folder; at !== '.'; at = dirname(at)) {
    await allowReading(join(dir, at), 0o755);
    if (join(dir, at) === made) break;
  }
}

/** Replaces a small text file, synced. */
export async function replaceWhole(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  const handle = await open(part, 'w', 0o644);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(part, path);
}
