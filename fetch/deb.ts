// The files in a Debian package: an ar archive whose member data.tar.* holds them (deb(5)).
import { type FileHandle, open } from 'node:fs/promises';

export const AR_MAGIC = '!<arch>\n';
const HEADER = 60;
/** A package has three or four; any beyond this are ignored. */
const MAX_MEMBERS = 8;

export interface PackedTar {
  /** Its first and its last byte in the file. */
  readonly start: number;
  readonly end: number;
  /** Its compression, from its name: `zst`, `xz`, `gz`, or empty for a plain tar. */
  readonly packing: string;
}

/**
 * Finds the tar with a package's files.
 * @throws {Error} if it has none, or is truncated
 */
export async function findDebData(path: string): Promise<PackedTar> {
  const handle = await open(path);
  try {
    const { name, start, size } = await findData(handle);
    return {
      start,
      end: start + size - 1,
      packing: name.slice('data.tar'.length).replace('.', ''),
    };
  } finally {
    await handle.close();
  }
}

async function findData(handle: FileHandle) {
  const { size: total } = await handle.stat();
  let at = AR_MAGIC.length;
  for (let members = 0; members < MAX_MEMBERS && at < total; members += 1) {
    const { name, size } = await readHeader(handle, at);
    const start = at + HEADER;
    if (start + size > total) throw new Error(`${name} is truncated`);
    if (/^data\.tar(\.\w+)?$/.test(name) && size > 0) return { name, start, size };
    at = start + size + (size % 2);
  }
  throw new Error('it has no data.tar');
}

/** name 16, time 12, owner 6, group 6, mode 8, size 10 characters, then a mark. */
async function readHeader(handle: FileHandle, at: number) {
  const { buffer } = await handle.read(Buffer.alloc(HEADER), 0, HEADER, at);
  const text = buffer.toString('latin1');
  const size = /^\d+ *$/.exec(text.slice(48, 58))?.[0].trim();
  if (size === undefined || !text.endsWith('`\n')) throw new Error('its member list is damaged');
  return { name: text.slice(0, 16).trim().replace(/\/$/, ''), size: Number(size) };
}
