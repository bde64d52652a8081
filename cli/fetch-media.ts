// What `fetch` does: pins first, then the files that they name.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { findBusybox } from '../build/busybox.ts';
import { findIpxe } from '../build/media.ts';
import { Dates } from '../fetch/dates.ts';
import { Engine } from '../fetch/engine.ts';
import { type Http, openHttp } from '../fetch/http.ts';
import { changeText, type Pinned } from '../fetch/lock-draft.ts';
import { lockText, writeLock } from '../fetch/lock-file.ts';
import { neededFiles } from '../fetch/needs.ts';
import { exclusively } from '../fetch/one-fetch.ts';
import { type Kind, pin } from '../fetch/pins.ts';
import type { Progress } from '../fetch/progress.ts';
import { makeResolvers } from '../fetch/resolvers.ts';
import type { KnownPublishers, Publishers } from '../fetch/signers.ts';
import { strangeIpxe } from '../fetch/sources/ipxe.ts';
import type { Mirrors, PinnedRelease } from '../fetch/sources/source.ts';
import { trustedSigners } from '../fetch/trusted-signers.ts';
import { formatBytes } from '../messages/bytes.ts';
import { type InventoryMedia, readInventoryMedia } from './media-needs.ts';

export interface FetchOptions {
  readonly inventories: readonly string[];
  readonly media: string;
  readonly update: ReadonlySet<Kind>;
  readonly dryRun: boolean;
  readonly mirrors: Mirrors;
  /** Takes older indexes, serials and versions than the lock has. */
  readonly allowDowngrade: boolean;
}

/** What a test replaces. */
export interface FetchParts {
  /** Those whom every project trusts. */
  readonly signers: KnownPublishers;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Told of each request and each check; default: nobody. */
  readonly trace?: ((line: string) => void) | undefined;
  /** The release of iPXE to fetch. */
  readonly ipxe: PinnedRelease;
  /** Where distributions keep iPXE and busybox. */
  readonly ipxeFolder: string;
  readonly busyboxFolders: readonly string[];
}

/**
 * Resolves what is not pinned, writes the locks, downloads what is missing.
 * @returns a line for each inventory
 * @throws {UserError} on anything that the user can fix; what was fetched so far is kept
 */
export async function fetchMedia(options: FetchOptions, parts: FetchParts): Promise<string[]> {
  // Reports all errors of all inventories before the first download.
  options.inventories.forEach(readInventoryMedia);
  const projects = await Promise.all(options.inventories.map((one) => openProject(one, parts)));
  const http = openHttp({ signal: parts.signal, trace: parts.trace });
  try {
    const results: string[] = [];
    for (const { inventory, own } of projects) {
      const work = options.dryRun ? preview : fetchOne;
      // Read again under the lock: another fetch may have written the same media.lock.json.
      const one = () => work(readInventoryMedia(inventory), options, own, http);
      results.push(await (options.dryRun ? one() : exclusively(options.media, one)));
    }
    return results;
  } finally {
    await http.close();
  }
}

/** With the keys that one project trusts: each has its own. */
interface OwnParts extends FetchParts {
  readonly signers: Publishers;
}

async function openProject(inventory: string, parts: FetchParts) {
  const signers = await trustedSigners(parts.signers, dirname(inventory), parts.trace);
  const own: OwnParts = { ...parts, signers };
  return { inventory, own };
}

async function fetchOne(
  inventory: InventoryMedia,
  options: FetchOptions,
  parts: OwnParts,
  http: Http,
): Promise<string> {
  const { progress, signal, trace } = parts;
  const engine = await Engine.open({ media: options.media, http, progress, signal, trace });
  const pinned = await pinInventory(inventory, options, parts, http, engine);
  const { lockPath, lock, needs } = inventory;
  // Before the downloads, so that an interrupted fetch resumes with the same files.
  if (lockText(pinned.lock) !== lockText(lock) || !existsSync(lockPath))
    await writeLock(lockPath, pinned.lock);
  const fetched = await engine.fetchAll(neededFiles(needs, pinned.lock));
  return `${options.media}: ${fetched.files} files fetched (${formatBytes(fetched.bytes)}), ${fetched.present} already present`;
}

/** The pins that a fetch would make; what it must download to tell goes into a temporary folder. */
async function preview(
  inventory: InventoryMedia,
  options: FetchOptions,
  parts: OwnParts,
  http: Http,
): Promise<string> {
  const { progress, signal, trace } = parts;
  const scratch = await mkdtemp(join(tmpdir(), 'homepbp-fetch-'));
  try {
    const media = await Engine.open({ media: options.media, http, progress, signal });
    const engine = await Engine.open({ media: scratch, http, progress, signal, trace });
    const { lock } = await pinInventory(inventory, options, parts, http, engine);
    const missing = await media.missing(neededFiles(inventory.needs, lock));
    const bytes = missing.reduce((sum, { size }) => sum + size, 0);
    const lines = missing.map(({ path, size }) => `${path} (${formatBytes(size)})\n`).join('');
    return `${lines}${options.media}: ${missing.length} files to fetch (${formatBytes(bytes)})`;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function pinInventory(
  { lock, needs }: InventoryMedia,
  { mirrors, update, allowDowngrade }: FetchOptions,
  { signers, progress, ipxe, ipxeFolder, busyboxFolders }: OwnParts,
  http: Http,
  engine: Engine,
): Promise<Pinned> {
  const dates = new Dates(lock.dates, { allowOlder: allowDowngrade });
  const sources = { mirrors, http, engine, signers, dates, ipxe };
  const resolvers = makeResolvers({ ...sources, say: progress.note });
  const others = {
    ipxe: findIpxe([ipxeFolder]).size > 0,
    busybox: needs.busybox.filter((arch) => findBusybox(busyboxFolders, arch) !== null),
  };
  const pinned = await pin(lock, needs, resolvers, { update, others, allowDowngrade, dates });
  for (const change of pinned.changes) progress.note(changeText(change));
  for (const note of pinned.notes) progress.note(note);
  const strange = needs.ipxe ? strangeIpxe(pinned.lock, ipxe) : null;
  if (strange !== null) progress.note(strange);
  return pinned;
}
