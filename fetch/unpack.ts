// Unpacks files of media/ from an archive in media/.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wanted } from './download.ts';
import { memberLost, wrongHash } from './fetch-errors.ts';
import { readMembers } from './members.ts';
import { discard, PartFile } from './part.ts';

/**
 * Unpacks files into their verified parts.
 * @param archive its path below media/; it may still be a part itself
 * @throws {UserError} if one is missing, or does not match the lock
 */
export async function unpack(
  media: string,
  archive: string,
  members: readonly Wanted[],
): Promise<void> {
  const part = join(media, `${archive}.part`);
  const local = (await stat(part).catch(() => null)) === null ? join(media, archive) : part;
  const names = new Set(members.flatMap(({ member }) => member?.name ?? []));
  const contents = await readMembers(local, names, members[0]?.url ?? archive);
  for (const wanted of members) {
    const content = contents.get(wanted.member?.name ?? '');
    if (content === undefined) throw memberLost(wanted.path, archive, wanted.member?.name ?? '');
    await writePart(wanted, join(media, wanted.path), content);
  }
}

async function writePart({ path, url, size, sha256 }: Wanted, target: string, content: Buffer) {
  const part = await PartFile.open(target, sha256, size);
  try {
    await part.restart({ sha256, url, validator: null });
    await part.write(content);
    await part.flush();
    await part.sync();
  } finally {
    await part.close();
  }
  const found = part.digest();
  if (found === sha256) return;
  await discard(target);
  throw wrongHash(path, url, sha256, found);
}
