// The Ubuntu archive's indexes: InRelease (signed) → Packages (by hash) → packages.
import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { Arch } from '../../../contract/inventory.ts';
import { verifiedText } from '../../signatures.ts';
import { below, type Mirrors, type Sources } from '../source.ts';
import { badIndex, isMissing, wrongContent } from '../source-errors.ts';
import { parseRelease, type ReleaseFile } from './deb822.ts';
import { indexPackages, type PackageIndex } from './package-index.ts';

const MAX_INRELEASE = 4 << 20;
/** Unpacked; the largest has about 20 MB. */
const MAX_PACKAGES = 512 << 20;

export interface ArchiveWanted {
  /** Holds dists/ and pool/. */
  readonly base: string;
  /** Such as `noble`. */
  readonly codename: string;
  readonly arch: string;
  /** Under which name its dates are recorded; null for a snapshot, which is old on purpose. */
  readonly datedAs: string | null;
}

type Need = Pick<Sources, 'http' | 'signers' | 'dates'>;

/** Where the packages of an architecture are now. */
export function archiveFor(arch: Arch, mirrors: Mirrors): Pick<ArchiveWanted, 'base' | 'datedAs'> {
  const datedAs = arch === 'amd64' ? 'archive' : 'ports';
  return { base: mirrors[datedAs], datedAs };
}

/**
 * Reads component main of a release's three pockets: as released, updates, security.
 * @throws {UserError} if a signature or hash in the chain is wrong, or an index is older than recorded
 */
export async function openArchive(wanted: ArchiveWanted, need: Need): Promise<PackageIndex> {
  const pockets = ['', '-updates', '-security'].map((pocket) => `${wanted.codename}${pocket}`);
  return indexPackages(await Promise.all(pockets.map((suite) => readPocket(suite, wanted, need))));
}

async function readPocket(suite: string, wanted: ArchiveWanted, need: Need): Promise<string> {
  const folder = below(wanted.base, `dists/${suite}`);
  const url = `${folder}/InRelease`;
  const document = await need.http.bytes(url, { maxBytes: MAX_INRELEASE });
  const release = parseRelease(await verifiedText(document, need.signers.archive, url));
  // All suites have the same signer, so one could be passed off as another.
  if (release.suite !== suite || release.codename !== wanted.codename) {
    throw badIndex(url, `it is signed, but for ${release.suite} (${release.codename})`);
  }
  if (wanted.datedAs !== null)
    need.dates.check(`${wanted.datedAs} dists/${suite}/InRelease`, url, release);
  const packed = await readIndex(folder, `main/binary-${wanted.arch}`, release, need.http);
  try {
    return gunzipSync(packed, { maxOutputLength: MAX_PACKAGES }).toString('utf8');
  } catch (cause) {
    throw badIndex(`${folder}/main/binary-${wanted.arch}/Packages.gz`, 'not a gzip file', cause);
  }
}

async function readIndex(
  folder: string,
  path: string,
  release: ReleaseFile,
  http: Need['http'],
): Promise<Uint8Array> {
  const entry = release.indexes.get(`${path}/Packages.gz`);
  if (entry === undefined)
    throw badIndex(`${folder}/InRelease`, `it does not list ${path}/Packages.gz`);
  const plain = `${folder}/${path}/Packages.gz`;
  // With room to report a different file, in case a mirror is being updated.
  const limits = { maxBytes: entry.size + (16 << 20) };
  const hashed = `${folder}/${path}/by-hash/SHA256/${entry.sha256}`;
  const body = release.byHash
    ? await http.bytes(hashed, limits).catch((error) => {
        if (!isMissing(error)) throw error;
        return http.bytes(plain, limits);
      })
    : await http.bytes(plain, limits);
  requireContent(body, entry, plain, `${folder}/InRelease`);
  return body;
}

/**
 * Checks size and hash of a body.
 * @param index the URL of the index with that size and hash, for the message
 * @throws {UserError} if it does not match
 */
export function requireContent(
  body: Uint8Array,
  { size, sha256 }: { readonly size: number; readonly sha256: string },
  url: string,
  index: string,
): void {
  if (body.length !== size)
    throw wrongContent(url, index, `${body.length} bytes instead of ${size}`);
  const actual = createHash('sha256').update(body).digest('hex');
  if (actual !== sha256) throw wrongContent(url, index, `SHA-256 ${actual} instead of ${sha256}`);
}
