// state/published.json: which founding sets some machine may act on. A set is written down before the
// first seed that tells of it leaves, so that no crash can lose one.
import { join } from 'node:path';
import { z } from 'zod';
import { releasePidFile, takePidFile } from '../../contract/pid-file.ts';
import {
  PUBLISHED,
  PUBLISHED_PID,
  PUBLISHED_TIMES,
  type PublishedFile,
  type PublishedSet,
} from '../../contract/published.ts';
import { stateNotWritten } from './errors.ts';
import { readJson } from './read-json.ts';
import { replaceFile } from './replace-file.ts';

const schema = z.object({
  version: z.literal(1),
  sets: z.array(z.object({ epoch: z.int().positive(), servers: z.array(z.string()) })),
});

export interface Published {
  /**
   * Resolves once all these sets are in the file.
   * @throws {Error} with words for people when they cannot be
   */
  add(sets: readonly PublishedSet[]): Promise<void>;
}

/**
 * @param folder the state folder; made when something is to be written
 * @throws {UserError} when what is in the file is damaged: no seed could be given away
 */
export function openPublished(folder: string): Published {
  const path = join(folder, PUBLISHED);
  readJson(path, schema);
  let last: Promise<void> = Promise.resolve();
  const merge = (sets: readonly PublishedSet[]) => {
    const before = readJson(path, schema)?.sets ?? [];
    const known = new Set(before.map(keyOf));
    const fresh = sets.filter(
      (set) => set.servers.length > 0 && !known.has(keyOf(set)) && known.add(keyOf(set)),
    );
    return fresh.length === 0 ? null : [...before, ...fresh];
  };
  // One at a time: each reads what the one before wrote, and what builds and exports did.
  const write = async (sets: readonly PublishedSet[]) => {
    if (merge(sets) === null) return;
    await alone(folder, async () => {
      const all = merge(sets);
      if (all === null) return;
      const file: PublishedFile = { version: 1, sets: all };
      await replaceFile(path, `${JSON.stringify(file, null, 2)}\n`);
    });
  };
  return {
    add(sets) {
      const added = last.then(() => write(sets));
      last = added.catch(() => {});
      return added;
    },
  };
}

/** No other process adds meanwhile. @throws {Error} with words for people where that cannot be seen to */
async function alone(folder: string, work: () => Promise<void>): Promise<void> {
  const path = join(folder, PUBLISHED_PID);
  const holder = await takePidFile(path, PUBLISHED_TIMES).catch((error: unknown) => {
    throw stateNotWritten(path, error);
  });
  if (holder !== null) throw stateNotWritten(path, new Error(`process ${holder} has it`));
  try {
    await work();
  } finally {
    await releasePidFile(path);
  }
}

function keyOf({ epoch, servers }: PublishedSet): string {
  return `${epoch} ${[...servers].sort().join(' ')}`;
}
