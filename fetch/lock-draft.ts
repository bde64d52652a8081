// A lock that is being changed, and which changes are worth a line to the user.
import type { LockedFile, MediaLock } from '../contract/media-lock.ts';
import type { Step } from './refusal-errors.ts';
import { compareVersions } from './sources/ubuntu/debian-version.ts';

export interface Pin {
  /** A serial, a release. */
  readonly version: string;
  readonly files: readonly (LockedFile & { readonly path: string })[];
  /** What the user should know, a sentence or more each. */
  readonly notes: readonly string[];
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

export class Draft {
  readonly lock: MediaLock;
  readonly notes: string[] = [];
  readonly #changes: Change[] = [];
  /** The changes that lead to an older version. */
  readonly downgrades: Step[] = [];

  constructor(lock: MediaLock) {
    this.lock = structuredClone(lock);
  }

  /** The files below `folder` become those of the pin. */
  replace(what: string, { version, files, notes }: Pin, folder: string) {
    const before = this.#take((path) => path.startsWith(folder));
    this.#put(what, version, files, before);
    this.notes.push(...notes);
  }

  /** Drops the files of the old version, unless another channel still resolves to it. */
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
    // The version is the same but the bytes are not: that must not go unnoticed.
    const isReplaced =
      from === version &&
      files.some(
        ({ path, sha256 }) => before[path] !== undefined && before[path].sha256 !== sha256,
      );
    const to = isReplaced ? `${version}, whose files the publisher has changed` : version;
    this.lock.resolved[what] = version;
    for (const { path, ...file } of files) this.lock.files[path] = file;
    if (from !== to) this.#changes.push({ what, from, to });
    const packages = packageChanges(what, before, files);
    this.#changes.push(...packages);
    const step = { what, from: from ?? version, to: version };
    // With an older system come older packages, which need no mention.
    this.downgrades.push(...(isDowngrade(step) ? [step] : packages.filter(isDowngrade)));
  }

  result(): Pinned {
    return { lock: this.lock, changes: this.#changes, notes: this.notes };
  }
}

/** Packages whose version changed: a system's serial says nothing about its firmware and GRUB. */
function packageChanges(
  what: string,
  before: Readonly<Record<string, LockedFile>>,
  files: Pin['files'],
): Step[] {
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

/** Debian's order is also that of serials, and that of the releases of k3s and iPXE. */
function isDowngrade({ from, to }: Step): boolean {
  // A system's version also names its kernel.
  const [old = '', now = ''] = [from, to].map((version) => version.split(' ')[0]);
  return compareVersions(now, old) < 0;
}

/** The name in `linux-firmware_20240318_all.deb`; null if it is not a package. */
function packageOf(path: string): string | null {
  return /([^/_]+)_[^/]*\.deb$/.exec(path)?.[1] ?? null;
}

/** Each key by its kind and its end, which is enough to tell them apart. */
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
