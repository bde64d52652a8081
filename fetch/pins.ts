// Resolves what is not pinned yet or should be updated; everything else stays as it is in the lock.
import type { Arch } from '../contract/inventory.ts';
import type { MediaLock } from '../contract/media-lock.ts';
import { UserError } from '../messages/user-error.ts';
import type { Dates } from './dates.ts';
import { Draft, type Pin, type Pinned } from './lock-draft.ts';
import {
  busyboxFolder,
  hasBusybox,
  hasK3s,
  hasSystem,
  type Needs,
  pinName,
  type SystemNeed,
  systemId,
} from './needs.ts';
import { goesBack, Refusal } from './refusal-errors.ts';

/** What `--update` takes. */
export const KINDS = ['os', 'k3s', 'ipxe', 'busybox', 'keys'] as const;
export type Kind = (typeof KINDS)[number];

/** Asks the publishers. */
export interface Resolvers {
  os(need: SystemNeed): Promise<Pin>;
  k3s(k3s: string, archs: readonly Arch[]): Promise<Pin>;
  ipxe(): Promise<Pin>;
  busybox(arch: Arch): Promise<Pin>;
  /** @param reference `gh:<user>` */
  keys(reference: string): Promise<readonly string[]>;
}

export interface PinOptions {
  readonly update: ReadonlySet<Kind>;
  /** What this computer's distribution has, in case the publisher is unavailable. */
  readonly others: { readonly ipxe: boolean; readonly busybox: readonly Arch[] };
  readonly allowDowngrade: boolean;
  /** Of the indexes that the resolvers read. */
  readonly dates: Pick<Dates, 'recorded'>;
}

/**
 * Pins what is needed in a lock.
 * @throws {UserError} if something cannot be resolved; {Refusal} if it would go back to an older version
 */
export async function pin(
  lock: MediaLock,
  needs: Needs,
  resolvers: Resolvers,
  options: PinOptions,
): Promise<Pinned> {
  const draft = new Draft(lock);
  for (const need of needs.systems) {
    if (options.update.has('os') || !hasSystem(lock, need)) {
      draft.replace(pinName.os(need), await resolvers.os(need), `os/${systemId(need)}/`);
    }
  }
  await pinK3s(draft, needs, resolvers, options);
  if (needs.ipxe) await pinIpxe(draft, resolvers, options);
  for (const arch of needs.busybox) await pinBusybox(draft, arch, resolvers, options);
  for (const reference of needs.keys) {
    if (options.update.has('keys') || lock.keys[reference] === undefined) {
      draft.replaceKeys(reference, await resolvers.keys(reference));
    }
  }
  if (draft.downgrades.length > 0 && !options.allowDowngrade) throw goesBack(draft.downgrades);
  draft.lock.dates = options.dates.recorded();
  return draft.result();
}

/** An additional architecture gets the version that the others have. */
async function pinK3s(
  draft: Draft,
  { k3s, archs }: Needs,
  resolvers: Resolvers,
  { update }: PinOptions,
) {
  if (k3s === null) return;
  const { lock } = draft;
  if (!update.has('k3s') && archs.every((arch) => hasK3s(lock, k3s, arch))) return;
  const pinned = update.has('k3s') ? undefined : lock.resolved[pinName.k3s(k3s)];
  const release = await resolvers.k3s(pinned ?? k3s, archs);
  draft.replaceK3s(pinName.k3s(k3s), release);
}

async function pinIpxe(draft: Draft, resolvers: Resolvers, { update, others }: PinOptions) {
  if (!update.has('ipxe') && draft.lock.resolved[pinName.ipxe] !== undefined) return;
  const own = others.ipxe
    ? "iPXE's release is unavailable, so this computer's own (/usr/lib/ipxe)"
    : null;
  const replace = async () => draft.replace(pinName.ipxe, await resolvers.ipxe(), 'ipxe/');
  await orOwn(draft, own, replace);
}

async function pinBusybox(
  draft: Draft,
  arch: Arch,
  resolvers: Resolvers,
  { update, others }: PinOptions,
) {
  if (!update.has('busybox') && hasBusybox(draft.lock, arch)) return;
  const own = others.busybox.includes(arch)
    ? `Ubuntu's busybox for ${arch} is unavailable, so this computer's own`
    : null;
  const replace = async () =>
    draft.replace(pinName.busybox(arch), await resolvers.busybox(arch), busyboxFolder(arch));
  await orOwn(draft, own, replace);
}

/** @param own the start of a note on what is used instead; null if nothing is */
async function orOwn(draft: Draft, own: string | null, replace: () => Promise<void>) {
  try {
    await replace();
  } catch (error) {
    if (!(error instanceof UserError) || error instanceof Refusal || own === null) throw error;
    draft.notes.push(`note: ${own} is used\n  ${error.message}`);
  }
}
