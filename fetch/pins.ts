// What is not pinned yet, or is asked to move, is resolved; everything else stays as the lock has it.
import type { Arch } from '../contract/inventory.ts';
import type { LockedFile, MediaLock } from '../contract/media-lock.ts';
import { UserError } from '../contract/user-error.ts';
import {
  busyboxFolder,
  hasBusybox,
  hasK3s,
  hasSystem,
  type Needs,
  type SystemNeed,
  systemId,
  word,
} from './needs.ts';

/** What `--update` takes. */
export const KINDS = ['os', 'k3s', 'ipxe', 'busybox', 'keys'] as const;
export type Kind = (typeof KINDS)[number];

export interface Pin {
  /** A serial, a release. */
  readonly version: string;
  readonly files: readonly (LockedFile & { readonly path: string })[];
  /** What the user should know, a sentence or more each. */
  readonly notes: readonly string[];
}

/** Asks the publishers. */
export interface Resolvers {
  os(need: SystemNeed): Promise<Pin>;
  k3s(k3s: string, archs: readonly Arch[]): Promise<Pin>;
  ipxe(): Promise<Pin>;
  busybox(arch: Arch): Promise<Pin>;
  /** @param reference `gh:<user>` */
  keys(reference: string): Promise<readonly string[]>;
}

export interface Change {
  /** Such as `k3s stable`. */
  readonly what: string;
  /** Null when there was none. */
  readonly from: string | null;
  readonly to: string;
}

export interface Pinned {
  readonly lock: MediaLock;
  readonly changes: readonly Change[];
  readonly notes: readonly string[];
}

export interface PinOptions {
  readonly update: ReadonlySet<Kind>;
  /** What this computer's distribution has, for when the publisher's cannot be had. */
  readonly others: { readonly ipxe: boolean; readonly busybox: readonly Arch[] };
}

/**
 * Brings a lock up to what is needed.
 * @throws {UserError} when something cannot be resolved
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
      draft.replace(word.os(need), await resolvers.os(need), `os/${systemId(need)}/`);
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
  return draft.result();
}

/** A further architecture gets the version that the others have. */
async function pinK3s(
  draft: Draft,
  { k3s, archs }: Needs,
  resolvers: Resolvers,
  { update }: PinOptions,
) {
  if (k3s === null) return;
  const { lock } = draft;
  if (!update.has('k3s') && archs.every((arch) => hasK3s(lock, k3s, arch))) return;
  const pinned = update.has('k3s') ? undefined : lock.resolved[word.k3s(k3s)];
  const release = await resolvers.k3s(pinned ?? k3s, archs);
  draft.replaceK3s(word.k3s(k3s), release);
}

async function pinIpxe(draft: Draft, resolvers: Resolvers, { update, others }: PinOptions) {
  if (!update.has('ipxe') && draft.lock.resolved[word.ipxe] !== undefined) return;
  const own = others.ipxe
    ? "iPXE's release cannot be had, so this computer's own (/usr/lib/ipxe)"
    : null;
  const replace = async () => draft.replace(word.ipxe, await resolvers.ipxe(), 'ipxe/');
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
    ? `Ubuntu's busybox for ${arch} cannot be had, so this computer's own`
    : null;
  const replace = async () =>
    draft.replace(word.busybox(arch), await resolvers.busybox(arch), busyboxFolder(arch));
  await orOwn(draft, own, replace);
}

/** @param own how a note begins that says what serves instead; null where nothing does */
async function orOwn(draft: Draft, own: string | null, replace: () => Promise<void>) {
  try {
    await replace();
  } catch (error) {
    if (!(error instanceof UserError) || own === null) throw error;
    draft.notes.push(`note: ${own} stays in use\n  ${error.message}`);
  }
}

/** A lock that is being changed. */
class Draft {
  readonly lock: MediaLock;
  readonly notes: string[] = [];
  readonly #changes: Change[] = [];

  constructor(lock: MediaLock) {
    this.lock = structuredClone(lock);
  }

  /** The files below `folder` become those of the pin. */
  replace(what: string, { version, files, notes }: Pin, folder: string) {
    const before = this.#take((path) => path.startsWith(folder));
    this.#put(what, version, files, before);
    this.notes.push(...notes);
  }

  /** Files of the version that no word means any more go. */
  replaceK3s(what: string, { version, files, notes }: Pin) {
    const before = this.lock.resolved[what];
    delete this.lock.resolved[what];
    const isShared = before === version || Object.values(this.lock.resolved).includes(before ?? '');
    const old = isShared ? {} : this.#take((path) => path.startsWith(`k3s/${before}/`));
    if (before !== undefined) this.lock.resolved[what] = before;
    this.#put(what, version, files, isShared ? this.lock.files : old);
    this.notes.push(...notes);
  }

  replaceKeys(reference: string, keys: readonly string[]) {
    const before = this.lock.keys[reference];
    this.lock.keys[reference] = [...keys];
    if (before !== undefined && before.join('\n') === keys.join('\n')) return;
    this.#changes.push({
      what: `keys ${reference}`,
      from: before === undefined ? null : listKeys(before),
      to: listKeys(keys),
    });
  }

  #take(matches: (path: string) => boolean): Record<string, LockedFile> {
    const taken = Object.entries(this.lock.files).filter(([path]) => matches(path));
    for (const [path] of taken) delete this.lock.files[path];
    return Object.fromEntries(taken);
  }

  #put(
    what: string,
    version: string,
    files: Pin['files'],
    before: Readonly<Record<string, LockedFile>>,
  ) {
    const from = this.lock.resolved[what] ?? null;
    // The publisher's word for it stayed, the bytes did not: no update, and not to pass unseen.
    const isReplaced =
      from === version &&
      files.some(
        ({ path, sha256 }) => before[path] !== undefined && before[path].sha256 !== sha256,
      );
    const to = isReplaced ? `${version}, whose files the publisher has changed` : version;
    this.lock.resolved[what] = version;
    for (const { path, ...file } of files) this.lock.files[path] = file;
    if (from !== to) this.#changes.push({ what, from, to });
    this.#changes.push(...packageChanges(what, before, files));
  }

  result(): Pinned {
    return { lock: this.lock, changes: this.#changes, notes: this.notes };
  }
}

/** Packages that came in another version: the serial of a system says nothing of its firmware and GRUB. */
function packageChanges(
  what: string,
  before: Readonly<Record<string, LockedFile>>,
  files: Pin['files'],
): Change[] {
  const old = new Map(
    Object.entries(before).map(([path, { version }]) => [packageOf(path), version]),
  );
  return files.flatMap(({ path, version: to }) => {
    const name = packageOf(path);
    const from = name === null ? undefined : old.get(name);
    if (from === undefined || to === undefined || from === to) return [];
    return [{ what: `${what} ${name}`, from, to }];
  });
}

/** The name in `linux-firmware_20240318_all.deb`; null for what is no package. */
function packageOf(path: string): string | null {
  return /([^/_]+)_[^/]*\.deb$/.exec(path)?.[1] ?? null;
}

/** Each key by its kind and its end: enough to tell them apart. */
function listKeys(keys: readonly string[]): string {
  return keys
    .map((key) => {
      const [kind = '', blob = ''] = key.split(' ');
      return `${kind} …${blob.slice(-8)}`;
    })
    .join(', ');
}

/** `k3s stable: v1.34.9+k3s1 → v1.34.10+k3s1`. */
export function changeText({ what, from, to }: Change): string {
  return from === null ? `${what}: ${to} (new)` : `${what}: ${from} → ${to}`;
}
