// media.lock.json: what `fetch` resolved, pinned by hash; written by fetch/, read by build/.
import * as z from 'zod/mini';
import { parseFile } from './parse-file.ts';
import { sha256Schema } from './sha256.ts';

/** Below media/: characters that need no quoting in URLs, shells and file systems; no dot files. */
const path = z.string().check(z.regex(/^[\w+~-][\w.+~-]*(\/[\w+~-][\w.+~-]*)*$/));

/** It ends up in iPXE scripts and in a list that a shell reads: nothing special to either. */
const url = z.string().check(z.regex(/^https?:\/\/[\w.~+,=:@%/?-]+$/), z.maxLength(512));

const lockedFile = z.strictObject({
  url,
  /** Bytes. */
  size: z.int().check(z.nonnegative()),
  sha256: sha256Schema,
  /** The publisher's version: a serial, a package or release version. */
  version: z.optional(z.string()),
  /** If unpacked from an archive (`url`): the archive's path in media/, and the name inside it. */
  member: z.optional(z.strictObject({ archive: path, name: z.string() })),
});

export const mediaLockSchema = z.strictObject({
  /** 1 had no `dates`; `fetch` writes 2. */
  version: z.literal([1, 2]),
  /** Resolved words of nodes.yaml, such as `k3s stable` → `v1.34.10+k3s1`. */
  resolved: z._default(z.record(z.string(), z.string()), {}),
  /** Path in media/ → the file. For os/ and k3s/, its path in dist/ is the publishedName of that. */
  files: z.record(path, lockedFile),
  /** `gh:<user>` → public keys. */
  keys: z._default(z.record(z.string().check(z.regex(/^gh:[\w-]+$/)), z.array(z.string())), {}),
  /** Signed index, such as `archive dists/noble-updates/InRelease` → its own date; older ones are refused. */
  dates: z._default(z.record(z.string(), z.iso.datetime()), {}),
});

export type MediaLock = z.infer<typeof mediaLockSchema>;
export type LockedFile = z.infer<typeof lockedFile>;

export const MEDIA_LOCK = 'media.lock.json';

/** The version that is written. */
export const MEDIA_LOCK_VERSION = 2;

/** @throws {UserError} when it is damaged */
export function parseMediaLock(text: string, path: string): MediaLock {
  return parseFile(
    mediaLockSchema,
    text,
    path,
    'restore it from version control, or delete it and run ./homepbp fetch',
  );
}
