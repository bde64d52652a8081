// `fetch --check` and `fetch --prune`: upkeep of media/, without the network.

import { checkMedia } from '../fetch/check.ts';
import { neededFiles, unpinnedNeeds } from '../fetch/needs.ts';
import { exclusively } from '../fetch/one-fetch.ts';
import type { Progress } from '../fetch/progress.ts';
import { findLeftovers, removeLeftovers } from '../fetch/prune.ts';
import { formatBytes } from '../messages/bytes.ts';
import type { FetchOptions } from './fetch-media.ts';
import { readInventoryMedia } from './media-needs.ts';

type Options = Pick<FetchOptions, 'inventories' | 'media' | 'dryRun'>;

/** Hashes everything again; 1 if something is wrong or missing. */
export async function check({ inventories, media }: Options, progress: Progress): Promise<number> {
  const all = inventories.map(readInventoryMedia);
  const files = all.flatMap(({ needs, lock }) => neededFiles(needs, lock));
  const unpinned = new Set(all.flatMap(({ needs, lock }) => unpinnedNeeds(needs, lock)));
  const distinct = [...new Map(files.map((file) => [file.path, file])).values()];
  const { right, wrong, others, missing } = await exclusively(media, () =>
    checkMedia(media, distinct, progress),
  );
  progress.close();
  for (const path of wrong)
    process.stdout.write(`${path}: does not match media.lock.json; removed\n`);
  for (const path of others) process.stdout.write(`${path}: size differs from media.lock.json\n`);
  for (const path of missing) process.stdout.write(`${path}: missing\n`);
  for (const what of unpinned) process.stdout.write(`${what}: not in media.lock.json\n`);
  const isWhole = right === distinct.length && unpinned.size === 0;
  const next = isWhole ? '' : '; run ./homepbp fetch';
  process.stdout.write(`${media}: ${right} of ${distinct.length} files are correct${next}\n`);
  return isWhole ? 0 : 1;
}

/** Removes what no inventory needs, after printing what and how much. */
export async function prune({ inventories, media, dryRun }: Options): Promise<number> {
  const all = inventories.map(readInventoryMedia);
  const needed = all.flatMap(({ needs, lock }) => neededFiles(needs, lock).map(({ path }) => path));
  const needsCustom = all.some(({ isCustom }) => isCustom);
  const leftovers = await findLeftovers(media, new Set(needed), needsCustom);
  const bytes = leftovers.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of leftovers) process.stdout.write(`${path} (${formatBytes(size)})\n`);
  if (!dryRun) await exclusively(media, () => removeLeftovers(media, leftovers));
  const verb = dryRun ? 'to remove' : 'removed';
  process.stdout.write(
    `${media}: ${leftovers.length} files ${verb} (${formatBytes(bytes)}), not needed by ${inventories.join(', ')}\n`,
  );
  return 0;
}
