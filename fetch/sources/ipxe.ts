// iPXE's release: ipxeboot.tar.gz → the boot programs in it (layout: src/util/gensrvimg).
import { createHash } from 'node:crypto';
import { readMembers } from '../members.ts';
import { below, type Member, type Resolved, type Sources } from './source.ts';
import { memberMissing } from './source-errors.ts';

const IPXE_VERSION = '2.0.0';
const MAX_ARCHIVE = 256 << 20;

/** Where each program goes in media/ipxe/ → its names in the archive, the preferred one first. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  // The 32-bit build has booted machines for years; both run on 64-bit ones.
  'undionly.kpxe': ['ipxeboot/i386/undionly.kpxe', 'ipxeboot/x86_64/undionly.kpxe'],
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

/**
 * Downloads the release's archive and lists its contents. There are no published hashes: what arrives
 * over TLS is pinned.
 * @throws {UserError} if it is unavailable, or lacks a program
 */
export async function resolveIpxe(
  { mirrors, downloads }: Pick<Sources, 'mirrors' | 'downloads'>,
  version = IPXE_VERSION,
): Promise<IpxeRelease> {
  const url = below(mirrors.ipxe, `v${version}/ipxeboot.tar.gz`);
  const path = `ipxe/ipxeboot-${version}.tar.gz`;
  const got = await downloads.unpinned(url, path, { maxBytes: MAX_ARCHIVE });
  const programs = new Set(Object.values(PROGRAMS).flat());
  const contents = await readMembers(got.path, programs, url);
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
  const archive = { path, url, size: got.size, sha256: got.sha256, version };
  return { version, archive, members, notes: [] };
}
