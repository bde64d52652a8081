// What every source of media is given, and what it returns.
import type { Dates } from '../dates.ts';
import type { Http } from '../http.ts';
import type { Publishers } from '../signers.ts';

/** One file that a source resolved: where it goes in media/, and what it must be. */
export interface Resolved {
  /** Below media/. */
  readonly path: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** What the publisher calls it: a serial, a package or release version. */
  readonly version?: string;
}

/** A file that is unpacked from another file of media/. */
export interface Member extends Resolved {
  /** The archive's path below media/; `url` is the archive's too. */
  readonly archive: string;
  /** Its name in the archive. */
  readonly member: string;
}

/** A file on this computer, and what it is. */
export interface Downloaded {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Whole files, for sources that need to read one; the download engine implements it. */
export interface Downloads {
  /** The local path of a file with that size and hash, fetched if missing. */
  verified(file: Resolved): Promise<string>;
  /**
   * Fetches a file whose publisher gives no hash.
   * @param path where it goes below media/, if it is kept
   * @throws {FetchError} with `status` 404 if it does not exist
   */
  unpinned(url: string, path: string, limits: { readonly maxBytes: number }): Promise<Downloaded>;
}

export interface Sources {
  readonly mirrors: Mirrors;
  readonly http: Pick<Http, 'bytes' | 'open'>;
  readonly downloads: Downloads;
  readonly signers: Publishers;
  /** Of the indexes that a source reads. */
  readonly dates: Dates;
  /** The release of iPXE to fetch. */
  readonly ipxe: PinnedRelease;
}

/** A release that this version of HomePBP knows. */
export interface PinnedRelease {
  readonly version: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Base URLs of the publishers; each can be a mirror with the same layout. */
export interface Mirrors {
  /** Boot images: holds `streams/v1/index.sjson`. Plain http, as machines may have to fetch from it. */
  readonly images: string;
  /** The Ubuntu archive: holds `dists/` and `pool/`. */
  readonly archive: string;
  /** The same for architectures other than amd64. */
  readonly ports: string;
  /** The archive as it was: holds `<YYYYMMDD>T<hhmmss>Z/dists/`. */
  readonly snapshot: string;
  /** Every package ever published: holds `<file name>`. */
  readonly packageFiles: string;
  /** Holds `<version>/k3s` and the other files of a release. */
  readonly k3s: string;
  /** The list of k3s channels itself. */
  readonly k3sChannels: string;
  /** Holds `v<version>/ipxeboot.tar.gz`. */
  readonly ipxe: string;
  /** Holds `<user>.keys`. */
  readonly github: string;
}

/**
 * What tells a publisher's bytes from others at the first fetch, before the lock has their hashes.
 * With `tls` it is only the connection.
 */
export const CHECKED_BY: Readonly<Record<keyof Mirrors, 'signature' | 'hash' | 'tls'>> = {
  images: 'signature',
  archive: 'signature',
  ports: 'signature',
  snapshot: 'signature',
  packageFiles: 'tls',
  k3s: 'tls',
  k3sChannels: 'tls',
  ipxe: 'hash',
  github: 'tls',
};

export const PUBLISHERS: Mirrors = {
  images: 'http://images.maas.io/ephemeral-v3/stable',
  archive: 'http://archive.ubuntu.com/ubuntu',
  ports: 'http://ports.ubuntu.com/ubuntu-ports',
  snapshot: 'https://snapshot.ubuntu.com/ubuntu',
  packageFiles: 'https://launchpad.net/ubuntu/+archive/primary/+files',
  k3s: 'https://github.com/k3s-io/k3s/releases/download',
  k3sChannels: 'https://update.k3s.io/v1-release/channels',
  ipxe: 'https://github.com/ipxe/ipxe/releases/download',
  github: 'https://github.com',
};

/** A path below a base URL, with or without a trailing slash; `+` becomes `%2B`, as servers disagree on it. */
export function below(base: string, path: string): string {
  const segments = path.split('/').map((segment) => encodeURIComponent(segment));
  return `${base.replace(/\/+$/, '')}/${segments.join('/').replaceAll('%3A', ':')}`;
}
