// ./homepbp fetch
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { DISTRIBUTION_IPXE, findIpxe } from '../build/media.ts';
import { UserError } from '../contract/user-error.ts';
import { formatBytes } from '../fetch/bytes.ts';
import { checkMedia } from '../fetch/check.ts';
import { Engine } from '../fetch/engine.ts';
import { exclusively } from '../fetch/exclusive.ts';
import { type Http, openHttp } from '../fetch/http.ts';
import { lockText, writeLock } from '../fetch/lock-file.ts';
import { neededFiles } from '../fetch/needs.ts';
import { changeText, KINDS, type Kind, type Pinned, pin } from '../fetch/pins.ts';
import { openProgress, type Progress } from '../fetch/progress.ts';
import { findLeftovers, removeLeftovers } from '../fetch/prune.ts';
import { makeResolvers } from '../fetch/resolvers.ts';
import { type Publishers, ubuntuSigners } from '../fetch/signers.ts';
import { type Mirrors, PUBLISHERS } from '../fetch/sources/source.ts';
import { parseFlags } from './flags.ts';
import { type InventoryMedia, readInventoryMedia } from './media-needs.ts';

const FLAGS = {
  inventory: { type: 'string', multiple: true },
  media: { type: 'string', default: 'media' },
  update: { type: 'boolean', default: false },
  check: { type: 'boolean', default: false },
  prune: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  mirror: { type: 'string', multiple: true },
} as const;

export interface FetchOptions {
  readonly inventories: readonly string[];
  readonly media: string;
  readonly update: ReadonlySet<Kind>;
  readonly dryRun: boolean;
  readonly mirrors: Mirrors;
}

/** What a test brings of its own. */
export interface FetchParts {
  readonly signers: Publishers;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Where distributions keep iPXE. */
  readonly ipxeFolder: string;
}

/** Fetches; or, with --check or --prune, looks after what is there, without the network. */
export async function run(args: readonly string[]): Promise<number> {
  const { update, rest } = takeUpdate(args);
  const flags = parseFlags('fetch', rest, FLAGS);
  const options = {
    inventories: flags.inventory ?? ['nodes.yaml'],
    media: resolve(flags.media),
    update,
    dryRun: flags['dry-run'],
    mirrors: parseMirrors(flags.mirror ?? []),
  };
  if (flags.check && flags.prune) throw new UserError('fetch: --check or --prune, one at a time');
  const progress = openProgress();
  try {
    if (flags.check) return await check(options, progress);
    if (flags.prune) return await prune(options);
    const results = await interruptibly(async (signal) => {
      const signers = await ubuntuSigners();
      return fetchMedia(options, { signers, progress, signal, ipxeFolder: DISTRIBUTION_IPXE });
    });
    progress.close();
    for (const result of results) process.stdout.write(`${result}\n`);
    return 0;
  } finally {
    progress.close();
  }
}

/** `--update` takes any number of words; without one it means all of them. */
export function takeUpdate(args: readonly string[]): { update: Set<Kind>; rest: string[] } {
  const update = new Set<Kind>();
  const rest: string[] = [];
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? '';
    if (arg !== '--update' && !arg.startsWith('--update=')) {
      rest.push(arg);
      continue;
    }
    rest.push('--update');
    const kinds = arg === '--update' ? [] : arg.slice('--update='.length).split(',').map(parseKind);
    for (let kind = kindOf(args[at + 1]); kind !== undefined; kind = kindOf(args[at + 1])) {
      kinds.push(kind);
      at += 1;
    }
    for (const kind of kinds.length > 0 ? kinds : KINDS) update.add(kind);
  }
  return { update, rest };
}

function kindOf(text: string | undefined): Kind | undefined {
  return KINDS.find((kind) => kind === text);
}

function parseKind(text: string): Kind {
  const kind = kindOf(text);
  if (kind !== undefined) return kind;
  throw new UserError(`fetch: --update takes ${KINDS.join(', ')}, not '${text}'`);
}

function parseMirrors(words: readonly string[]): Mirrors {
  const names = Object.keys(PUBLISHERS);
  const pairs = words.map((text) => {
    const [, name = '', url = ''] = /^(\w+)=(https?:\/\/\S+)$/.exec(text) ?? [];
    if (names.includes(name)) return [name, url] as const;
    throw new UserError(
      `fetch: --mirror takes NAME=URL, not '${text}'\n  names: ${names.join(' ')}`,
    );
  });
  return { ...PUBLISHERS, ...Object.fromEntries(pairs) };
}

/** The first Ctrl-C ends what is under way, orderly; the launcher passes it on a second time. */
async function interruptibly<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort(new UserError(STOPPED));
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  try {
    return await work(controller.signal);
  } finally {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.off(name, stop);
  }
}

const STOPPED = 'stopped; ./homepbp fetch goes on where it was';

/**
 * Resolves what is not pinned, writes the locks, downloads what is missing.
 * @returns a line for each inventory
 * @throws {UserError} on anything that the user can mend; what came so far is kept
 */
export async function fetchMedia(options: FetchOptions, parts: FetchParts): Promise<string[]> {
  const inventories = options.inventories.map(readInventoryMedia);
  const http = openHttp({ signal: parts.signal });
  try {
    const results: string[] = [];
    for (const inventory of inventories) {
      const work = options.dryRun ? preview : fetchOne;
      const one = () => work(inventory, options, parts, http);
      results.push(await (options.dryRun ? one() : exclusively(options.media, one)));
    }
    return results;
  } finally {
    await http.close();
  }
}

async function fetchOne(
  inventory: InventoryMedia,
  options: FetchOptions,
  parts: FetchParts,
  http: Http,
): Promise<string> {
  const { progress, signal } = parts;
  const engine = await Engine.open({ media: options.media, http, progress, signal });
  const pinned = await pinInventory(inventory, options, parts, http, engine);
  const { lockPath, lock, needs } = inventory;
  // Before the downloads: one that is interrupted goes on with the same files.
  if (lockText(pinned.lock) !== lockText(lock) || !existsSync(lockPath))
    await writeLock(lockPath, pinned.lock);
  const fetched = await engine.fetchAll(neededFiles(needs, pinned.lock));
  return `${options.media}: ${fetched.files} files fetched (${formatBytes(fetched.bytes)}), ${fetched.present} were there`;
}

/** The pins that a fetch would make; what that needs to download goes into a folder of its own. */
async function preview(
  inventory: InventoryMedia,
  options: FetchOptions,
  parts: FetchParts,
  http: Http,
): Promise<string> {
  const { progress, signal } = parts;
  const scratch = await mkdtemp(join(tmpdir(), 'homepbp-fetch-'));
  try {
    const media = await Engine.open({ media: options.media, http, progress, signal });
    const engine = await Engine.open({ media: scratch, http, progress, signal });
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
  { mirrors, update }: FetchOptions,
  { signers, progress, ipxeFolder }: FetchParts,
  http: Http,
  engine: Engine,
): Promise<Pinned> {
  const resolvers = makeResolvers({ mirrors, http, engine, signers, say: progress.note });
  const hasOtherIpxe = findIpxe([ipxeFolder]).size > 0;
  const pinned = await pin(lock, needs, resolvers, { update, hasOtherIpxe });
  for (const change of pinned.changes) progress.note(changeText(change));
  for (const note of pinned.notes) progress.note(note);
  return pinned;
}

/** 1 when something is wrong or missing. */
async function check({ inventories, media }: FetchOptions, progress: Progress): Promise<number> {
  const files = inventories
    .map(readInventoryMedia)
    .flatMap(({ needs, lock }) => neededFiles(needs, lock));
  const distinct = [...new Map(files.map((file) => [file.path, file])).values()];
  const { right, wrong, missing } = await exclusively(media, () =>
    checkMedia(media, distinct, progress),
  );
  progress.close();
  for (const path of wrong)
    process.stdout.write(`${path}: not what media.lock.json says; removed\n`);
  for (const path of missing) process.stdout.write(`${path}: missing\n`);
  const isWhole = wrong.length + missing.length === 0;
  const next = isWhole ? '' : '; run ./homepbp fetch';
  process.stdout.write(`${media}: ${right} of ${distinct.length} files are right${next}\n`);
  return isWhole ? 0 : 1;
}

async function prune({ inventories, media, dryRun }: FetchOptions): Promise<number> {
  const all = inventories.map(readInventoryMedia);
  const needed = all.flatMap(({ needs, lock }) => neededFiles(needs, lock).map(({ path }) => path));
  const needsCustom = all.some(({ isCustom }) => isCustom);
  const leftovers = await findLeftovers(media, new Set(needed), needsCustom);
  const bytes = leftovers.reduce((sum, { size }) => sum + size, 0);
  for (const { path, size } of leftovers) process.stdout.write(`${path} (${formatBytes(size)})\n`);
  if (!dryRun) await exclusively(media, () => removeLeftovers(media, leftovers));
  const verb = dryRun ? 'to remove' : 'removed';
  process.stdout.write(
    `${media}: ${leftovers.length} files ${verb} (${formatBytes(bytes)}) that ${inventories.join(', ')} does not need\n`,
  );
  return 0;
}
