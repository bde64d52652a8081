// Whether media/ still matches the lock: every file is hashed again, whole.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Wanted } from './download.ts';
import type { Progress } from './progress.ts';
import { VerifiedFiles } from './verified.ts';

export interface Checked {
  readonly right: number;
  /** Below media/; already removed, since the build would mistake them for the right ones. */
  readonly wrong: readonly string[];
  /** Of another size; kept, as machines may boot from them until the right ones arrive. */
  readonly others: readonly string[];
  readonly missing: readonly string[];
}

/** Hashes these files in media/, and removes the wrong ones. */
export async function checkMedia(
  media: string,
  files: readonly Wanted[],
  progress: Progress,
): Promise<Checked> {
  const verified = await VerifiedFiles.open(media);
  const wrong: string[] = [];
  const others: string[] = [];
  const missing: string[] = [];
  progress.expect(files.reduce((sum, { size }) => sum + size, 0));
  for (const file of files) {
    const stats = await stat(join(media, file.path)).catch(() => null);
    if (stats === null) missing.push(file.path);
    else if (stats.size !== file.size) others.push(file.path);
    else if (!(await isRight(verified, file, progress))) {
      await verified.evict(file.path, file.size);
      wrong.push(file.path);
    }
  }
  await verified.save();
  const right = files.length - wrong.length - others.length - missing.length;
  return { right, wrong, others, missing };
}

async function isRight(verified: VerifiedFiles, file: Wanted, progress: Progress) {
  const bar = progress.add(file.path, file.size);
  try {
    bar.length(0);
    return await verified.has(file.path, file, { rehash: true, onLength: bar.length });
  } finally {
    bar.remove();
  }
}
