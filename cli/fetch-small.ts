// What `start` fetches on its own because it is small: ssh keys of GitHub users, the version behind a
// k3s channel, iPXE, busybox. Operating systems are left to `fetch`: people decide when to download a
// gigabyte.
import { dirname, join, resolve } from 'node:path';
import { busyboxFolder, DISTRIBUTION_BUSYBOX, findBusybox } from '../build/busybox.ts';
import { DISTRIBUTION_IPXE, findIpxe, readLock } from '../build/media.ts';
import type { Arch } from '../contract/inventory.ts';
import type { MediaLock } from '../contract/media-lock.ts';
import { Dates } from '../fetch/dates.ts';
import { Engine } from '../fetch/engine.ts';
import { openHttp } from '../fetch/http.ts';
import { changeText } from '../fetch/lock-draft.ts';
import { lockText, writeLock } from '../fetch/lock-file.ts';
import { type Needs, neededFiles, pinName } from '../fetch/needs.ts';
import { exclusively } from '../fetch/one-fetch.ts';
import { pin } from '../fetch/pins.ts';
import { NO_PROGRESS } from '../fetch/progress.ts';
import { Refusal } from '../fetch/refusal-errors.ts';
import { makeResolvers } from '../fetch/resolvers.ts';
import { type KnownPublishers, ubuntuSigners } from '../fetch/signers.ts';
import { IPXE } from '../fetch/sources/ipxe.ts';
import type { Mirrors, PinnedRelease } from '../fetch/sources/source.ts';
import { trustedSigners } from '../fetch/trusted-signers.ts';
import { UserError } from '../messages/user-error.ts';
import { readIfRight } from './media-needs.ts';

export interface SmallOptions {
  readonly inventory: string;
  readonly media: string;
  readonly mirrors: Mirrors;
  /** Gives up after this long. */
  readonly seconds: number;
  /** The release of iPXE to fetch; default: the one that we know. */
  readonly ipxe?: PinnedRelease;
  /** Where distributions keep iPXE; default: where Debian's does. */
  readonly ipxeFolder?: string;
  /** Where distributions keep busybox; default: where Debian's does. */
  readonly busyboxFolders?: readonly string[];
  /** Those whom every project trusts; default: Ubuntu's. */
  readonly signers?: KnownPublishers;
  /** Prints a line. */
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal;
}

type Kind = 'keys' | 'k3s' | 'ipxe' | 'busybox';

/** One attempt, so that being offline shows quickly. */
const ONCE = { attempts: 1, firstDelay: 0, maxDelay: 0 };
const CONNECT_MS = 5000;
/** No fallbacks: what the distribution has is not fetched at all. */
const NONE = { ipxe: false, busybox: [] };

/**
 * Pins and fetches what is missing of these kinds, each on its own; prints one line with what was
 * fetched and one with what was not. User errors are printed, not thrown.
 * @returns whether anything was fetched
 */
export async function fetchSmall(options: SmallOptions, kinds: readonly Kind[]): Promise<boolean> {
  const inventory = readIfRight(options.inventory);
  if (inventory === null) return false;
  const { needs, lock, lockPath } = inventory;
  try {
    const media = resolve(options.media);
    const { ipxeFolder = DISTRIBUTION_IPXE, busyboxFolders = DISTRIBUTION_BUSYBOX } = options;
    const isThere = {
      ipxe: () => findIpxe([join(media, 'ipxe'), ipxeFolder]).size > 0,
      busybox: (arch: Arch) =>
        findBusybox([busyboxFolder(media, arch), ...busyboxFolders], arch) !== null,
    };
    const missing = kinds.flatMap((kind) => missingNeeds(kind, needs, lock, isThere));
    if (missing.length === 0) return false;
    return await exclusively(media, () =>
      // Read again: another fetch may just have written it.
      fetchAll(missing, readLock(lockPath), lockPath, { ...options, media }),
    );
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (options.signal?.aborted !== true) options.say(`not fetched: ${firstLine(error)}`);
    return false;
  }
}

/** Only what is missing of that kind. */
function missingNeeds(
  kind: Kind,
  needs: Needs,
  lock: MediaLock,
  isThere: { readonly ipxe: () => boolean; readonly busybox: (arch: Arch) => boolean },
): Needs[] {
  const { archs } = needs;
  const nothing: Needs = { systems: [], k3s: null, archs, keys: [], ipxe: false, busybox: [] };
  switch (kind) {
    case 'keys': {
      const keys = needs.keys.filter((reference) => lock.keys[reference] === undefined);
      return keys.map((reference) => ({ ...nothing, keys: [reference] }));
    }
    case 'k3s': {
      const { k3s } = needs;
      const isKnown = k3s === null || lock.resolved[pinName.k3s(k3s)] !== undefined;
      return isKnown ? [] : [{ ...nothing, k3s }];
    }
    case 'ipxe':
      return isThere.ipxe() ? [] : [{ ...nothing, ipxe: true }];
    case 'busybox': {
      const absent = needs.busybox.filter((arch) => !isThere.busybox(arch));
      return absent.map((arch) => ({ ...nothing, busybox: [arch] }));
    }
  }
}

async function fetchAll(
  missing: readonly Needs[],
  before: MediaLock,
  lockPath: string,
  { media, mirrors, seconds, say, signal, ...options }: SmallOptions,
): Promise<boolean> {
  const known = options.signers ?? (await ubuntuSigners());
  const signers = await trustedSigners(known, dirname(options.inventory));
  const limit = AbortSignal.timeout(seconds * 1000);
  const signals = { signal: signal === undefined ? limit : AbortSignal.any([limit, signal]) };
  const http = openHttp({ connectTimeout: CONNECT_MS, retry: ONCE, ...signals });
  const engine = await Engine.open({ media, http, progress: NO_PROGRESS, retry: ONCE, ...signals });
  const dates = new Dates(before.dates, { allowOlder: false });
  const sources = { mirrors, http, engine, signers, dates, ipxe: options.ipxe ?? IPXE };
  const resolvers = makeResolvers({ ...sources, say: () => {} });
  const pinning = { update: new Set<never>(), others: NONE, allowDowngrade: false, dates };
  let lock = before;
  const came: string[] = [];
  const faults: string[] = [];
  let isRefused = false;
  for (const needs of missing) {
    try {
      const pinned = await pin(lock, needs, resolvers, pinning);
      if (lockText(pinned.lock) !== lockText(lock)) await writeLock(lockPath, pinned.lock);
      lock = pinned.lock;
      const files = needs.ipxe || needs.busybox.length > 0 ? neededFiles(needs, lock) : [];
      const fetched = await engine.fetchAll(files);
      const changes = pinned.changes.map(changeText);
      came.push(...changes);
      if (changes.length === 0 && fetched.files > 0) came.push(nameOf(needs));
    } catch (error) {
      if (signal?.aborted === true) break;
      if (!(error instanceof UserError) && !limit.aborted) throw error;
      isRefused ||= error instanceof Refusal;
      faults.push(
        limit.aborted ? `${nameOf(needs)}: timed out after ${seconds} s` : firstLine(error),
      );
    }
  }
  await http.close();
  if (came.length > 0) say(`fetched ${came.join('; ')}`);
  if (faults.length > 0) {
    const next = isRefused ? ', which says what to do' : ' once you are online';
    say(`not fetched: ${faults.join('; ')}\n  hint: run ./homepbp fetch${next}`);
  }
  return came.length > 0;
}

function nameOf({ k3s, keys, ipxe, busybox }: Needs): string {
  if (ipxe) return 'iPXE';
  if (k3s !== null) return pinName.k3s(k3s);
  return [...busybox.map(pinName.busybox), ...keys].join(', ');
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.split('\n', 1)[0] ?? '';
}
