// What `start` fetches by itself, as it is small: ssh keys of GitHub users, what a channel of k3s
// stands for, iPXE. Operating systems are `fetch`'s: people decide when a gigabyte comes.
import { join, resolve } from 'node:path';
import { DISTRIBUTION_IPXE, findIpxe, readLock } from '../build/media.ts';
import type { MediaLock } from '../contract/media-lock.ts';
import { UserError } from '../contract/user-error.ts';
import { Engine } from '../fetch/engine.ts';
import { exclusively } from '../fetch/exclusive.ts';
import { openHttp } from '../fetch/http.ts';
import { lockText, writeLock } from '../fetch/lock-file.ts';
import { type Needs, neededFiles, word } from '../fetch/needs.ts';
import { changeText, pin } from '../fetch/pins.ts';
import { NO_PROGRESS } from '../fetch/progress.ts';
import { makeResolvers } from '../fetch/resolvers.ts';
import { ubuntuSigners } from '../fetch/signers.ts';
import type { Mirrors } from '../fetch/sources/source.ts';
import { type InventoryMedia, readInventoryMedia } from './media-needs.ts';

export interface SmallOptions {
  readonly inventory: string;
  readonly media: string;
  readonly mirrors: Mirrors;
  /** After these it is given up. */
  readonly seconds: number;
  /** Where distributions keep iPXE; default: where Debian's does. */
  readonly ipxeFolder?: string;
  /** Says a line. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

type Kind = 'keys' | 'k3s' | 'ipxe';

/** One attempt: whoever is offline is told so soon. */
const ONCE = { attempts: 1, firstDelay: 0, maxDelay: 0 };
const CONNECT_MS = 5000;

/**
 * Pins and fetches what is missing of these kinds, each on its own; says in one line what came, and
 * in one what did not. Faults are said, not thrown.
 * @returns whether something came
 */
export async function fetchSmall(options: SmallOptions, kinds: readonly Kind[]): Promise<boolean> {
  const inventory = readIfRight(options.inventory);
  if (inventory === null) return false;
  const { needs, lock, lockPath } = inventory;
  try {
    const media = resolve(options.media);
    const ipxeFolders = [join(media, 'ipxe'), options.ipxeFolder ?? DISTRIBUTION_IPXE];
    const missing = kinds.flatMap((kind) => missingNeeds(kind, needs, lock, ipxeFolders));
    if (missing.length === 0) return false;
    return await exclusively(media, () =>
      // Read again: a fetch may just have written it.
      fetchAll(missing, readLock(lockPath), lockPath, { ...options, media }),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (options.signal?.aborted !== true) options.say(`not fetched: ${firstLine(error)}`);
    return false;
  }
}

/** Null for an inventory with faults: those are the build's to tell. */
function readIfRight(inventory: string): InventoryMedia | null {
  try {
    return readInventoryMedia(inventory);
  } catch (error) {
    if (error instanceof UserError) return null;
    throw error;
  }
}

/** Nothing but what is missing of that kind; empty when nothing is. */
function missingNeeds(
  kind: Kind,
  needs: Needs,
  lock: MediaLock,
  ipxeFolders: readonly string[],
): Needs[] {
  const nothing: Needs = { systems: [], k3s: null, archs: needs.archs, keys: [], ipxe: false };
  switch (kind) {
    case 'keys': {
      const keys = needs.keys.filter((reference) => lock.keys[reference] === undefined);
      return keys.map((reference) => ({ ...nothing, keys: [reference] }));
    }
    case 'k3s': {
      const { k3s } = needs;
      const isKnown = k3s === null || lock.resolved[word.k3s(k3s)] !== undefined;
      return isKnown ? [] : [{ ...nothing, k3s }];
    }
    case 'ipxe': {
      const isThere = findIpxe(ipxeFolders).size > 0;
      return isThere ? [] : [{ ...nothing, ipxe: true }];
    }
  }
}

async function fetchAll(
  missing: readonly Needs[],
  before: MediaLock,
  lockPath: string,
  { media, mirrors, seconds, say, signal }: SmallOptions,
): Promise<boolean> {
  const limit = AbortSignal.timeout(seconds * 1000);
  const signals = { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) };
  const http = openHttp({ connectTimeout: CONNECT_MS, retry: ONCE, ...signals });
  const engine = await Engine.open({ media, http, progress: NO_PROGRESS, retry: ONCE, ...signals });
  const signers = await ubuntuSigners();
  const resolvers = makeResolvers({ mirrors, http, engine, signers, say: () => {} });
  let lock = before;
  const came: string[] = [];
  const faults: string[] = [];
  for (const needs of missing) {
    try {
      const pinned = await pin(lock, needs, resolvers, { update: new Set(), hasOtherIpxe: false });
      if (lockText(pinned.lock) !== lockText(lock)) await writeLock(lockPath, pinned.lock);
      lock = pinned.lock;
      if (needs.ipxe) await engine.fetchAll(neededFiles(needs, lock));
      came.push(...pinned.changes.map(changeText));
    } catch (error) {
      if (signal?.aborted === true) break;
      if (!(error instanceof UserError) && !limit.aborted) throw error;
      faults.push(limit.aborted ? `${nameOf(needs)}: not within ${seconds} s` : firstLine(error));
    }
  }
  await http.close();
  if (came.length > 0) say(`fetched ${came.join('; ')}`);
  if (faults.length > 0)
    say(
      `not fetched: ${faults.join('; ')}\n  hint: run ./homepbp fetch once the internet is there`,
    );
  return came.length > 0;
}

function nameOf({ k3s, keys, ipxe }: Needs): string {
  return ipxe ? 'iPXE' : k3s === null ? keys.join(', ') : word.k3s(k3s);
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
