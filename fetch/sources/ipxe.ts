// iPXE's release: ipxeboot.tar.gz → the boot programs in it (layout: src/util/gensrvimg).
import { createHash } from 'node:crypto';
import type { MediaLock } from '../../contract/media-lock.ts';
import { ContentError } from '../fetch-errors.ts';
import { readMembers } from '../members.ts';
import { otherIpxe } from '../refusal-errors.ts';
import { below, type Member, type PinnedRelease, type Resolved, type Sources } from './source.ts';
import { memberMissing } from './source-errors.ts';

/**
 * ipxeboot.tar.gz of the release v2.0.0 of 2026-03-06, which is not signed. Size and hash are as several
 * projects that pin it have recorded them, from GitHub's `digest` of the file and from the file itself.
 * Change all three together.
 */
export const IPXE: PinnedRelease = {
  version: '2.0.0',
  size: 12_002_760,
  sha256: '01a526d4cc791fc30362259c609d6c506cc64a7bdff51b9a5eb788354e17eee1',
};

/** Where each program goes in media/ipxe/ → its names in the archive, the preferred one first. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  // The 32-bit build has booted machines for years; both run on 64-bit ones.
  'undionly.kpxe': ['ipxeboot/i386/undionly.kpxe', 'ipxeboot/x86_64/undionly.kpxe'],
  // For the boot stick: with drivers of its own, as there is no firmware's to use.
  'ipxe.pxe': ['ipxeboot/i386/ipxe.pxe', 'ipxeboot/x86_64/ipxe.pxe'],
  'ipxe.efi': ['ipxeboot/x86_64/ipxe.efi'],
  'snponly.efi': ['ipxeboot/x86_64/snponly.efi'],
  'ipxe-arm64.efi': ['ipxeboot/arm64/ipxe.efi'],
  'snponly-arm64.efi': ['ipxeboot/arm64/snponly.efi'],
  // A shim starts the file beside it that has the same name without `-shim`.
  'x86_64-sb/ipxe-shim.efi': ['ipxeboot/x86_64-sb/shimx64.efi'],
  'x86_64-sb/ipxe.efi': ['ipxeboot/x86_64-sb/ipxe.efi'],
  'x86_64-sb/snponly-shim.efi': ['ipxeboot/x86_64-sb/shimx64.efi'],
  'x86_64-sb/snponly.efi': ['ipxeboot/x86_64-sb/snponly.efi'],
  'arm64-sb/ipxe-shim.efi': ['ipxeboot/arm64-sb/shimaa64.efi'],
  'arm64-sb/ipxe.efi': ['ipxeboot/arm64-sb/ipxe.efi'],
  'arm64-sb/snponly-shim.efi': ['ipxeboot/arm64-sb/shimaa64.efi'],
  'arm64-sb/snponly.efi': ['ipxeboot/arm64-sb/snponly.efi'],
};

export interface IpxeRelease {
  readonly version: string;
  readonly archive: Resolved;
  readonly members: readonly Member[];
  readonly notes: readonly string[];
}

/** A warning if a lock has other bytes of the release than we know, from before its hash was known; else null. */
export function strangeIpxe(lock: MediaLock, { version, sha256 }: PinnedRelease): string | null {
  const pinned = lock.files[archivePath(version)]?.sha256;
  if (pinned === undefined || pinned === sha256) return null;
  return (
    `warning: media.lock.json has another iPXE ${version} than HomePBP knows (SHA-256 ${pinned})\n` +
    '  hint: unless it is a build of your own, run ./homepbp fetch --update ipxe'
  );
}

function archivePath(version: string): string {
  return `ipxe/ipxeboot-${version}.tar.gz`;
}

/**
 * Downloads the release's archive and lists its contents.
 * @throws {UserError} if it is unavailable, or lacks a program; {Refusal} if it is another file than we know
 */
export async function resolveIpxe({
  mirrors,
  downloads,
  ipxe,
}: Pick<Sources, 'mirrors' | 'downloads' | 'ipxe'>): Promise<IpxeRelease> {
  const { version } = ipxe;
  const url = below(mirrors.ipxe, `v${version}/ipxeboot.tar.gz`);
  const path = archivePath(version);
  const archive = { path, url, ...ipxe };
  const programs = new Set(Object.values(PROGRAMS).flat());
  const contents = await readMembers(await download(archive, downloads), programs, url);
  const members = Object.entries(PROGRAMS).map(([name, candidates]) => {
    const member = candidates.find((one) => contents.has(one)) ?? '';
    const content = contents.get(member);
    if (content === undefined) throw memberMissing(url, candidates);
    const sha256 = createHash('sha256').update(content).digest('hex');
    return {
      path: `ipxe/${name}`,
      url,
      size: content.length,
      sha256,
      version,
      archive: path,
      member,
    };
  });
  return { version, archive, members, notes: [] };
}

async function download(
  archive: Resolved & PinnedRelease,
  downloads: Sources['downloads'],
): Promise<string> {
  try {
    return await downloads.verified(archive);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    throw otherIpxe(archive.url, archive, error.received, error);
  }
}
