// Extracts single files from archives: .tar.gz, and Debian packages.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { AR_MAGIC, findDebData, type PackedTar } from './deb.ts';
import { archiveUnreadable } from './fetch-errors.ts';

/** Of one file; the largest that we extract has 2 MB. */
const MAX_MEMBER = 64 << 20;
/** Of everything that an archive unpacks to. */
const MAX_UNPACKED = 2 ** 30;

const UNPACKERS = { gz: createGunzip, zst: createZstdDecompress } as const;

/**
 * Files of an archive by their names in it, without a leading `./`; missing files and links are left
 * out.
 * @param archive the local path
 * @param url where it came from, for messages
 * @throws {FetchError} if it cannot be read to its end
 */
export async function readMembers(
  archive: string,
  names: ReadonlySet<string>,
  url: string,
): Promise<Map<string, Buffer>> {
  const isDeb = await isDebian(archive).catch((cause) => {
    throw archiveUnreadable(url, 'archive', cause);
  });
  const kind = isDeb ? 'Debian package' : '.tar.gz archive';
  try {
    const tar = isDeb ? await findDebData(archive) : { start: 0, end: Infinity, packing: 'gz' };
    return await unpackTar(archive, tar, names);
  } catch (cause) {
    throw archiveUnreadable(url, kind, cause);
  }
}

async function isDebian(archive: string): Promise<boolean> {
  const handle = await open(archive);
  const { buffer } = await handle
    .read(Buffer.alloc(AR_MAGIC.length), 0, AR_MAGIC.length, 0)
    .finally(() => handle.close());
  return buffer.toString('latin1') === AR_MAGIC;
}

async function unpackTar(
  archive: string,
  { start, end, packing }: PackedTar,
  names: ReadonlySet<string>,
) {
  if (packing !== '' && packing !== 'gz' && packing !== 'zst')
    throw new Error(`its files are compressed with ${packing}, which is not supported`);
  const found = new Map<string, Buffer>();
  const parser = new Parser({
    strict: true,
    filter: (path, entry) => names.has(plain(path)) && (entry.size ?? 0) <= MAX_MEMBER,
    onReadEntry: (entry) => collect(entry, found),
  });
  const read = (chunks: AsyncIterable<Buffer>) =>
    Promise.all([once(parser, 'end'), feed(chunks, parser)]);
  const stream = createReadStream(archive, { start, end });
  if (packing === '') await pipeline(stream, read);
  else await pipeline(stream, UNPACKERS[packing](), read);
  return found;
}

async function feed(chunks: AsyncIterable<Buffer>, parser: Parser): Promise<void> {
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > MAX_UNPACKED) throw new Error('it unpacks to more than any such archive should');
    parser.write(chunk);
  }
  parser.end();
}

function collect(entry: ReadEntry, found: Map<string, Buffer>): void {
  const chunks: Buffer[] = [];
  entry.on('data', (chunk) => chunks.push(chunk));
  entry.on('end', () => {
    if (entry.type === 'File') found.set(plain(entry.path), Buffer.concat(chunks));
  });
}

function plain(path: string): string {
  return path.replace(/^\.\//, '');
}
