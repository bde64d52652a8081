// The busybox of our initramfs layer: Ubuntu's static one, of one release for all systems, so that its
// applets are the same wherever a machine boots.
import { createHash } from 'node:crypto';
import type { Arch } from '../../contract/inventory.ts';
import { whyNoBusybox } from '../../formats/busybox.ts';
import { readMembers } from '../members.ts';
import type { Member, Resolved, Sources } from './source.ts';
import { noBusybox } from './source-errors.ts';
import { archiveFor, openArchive } from './ubuntu/archive.ts';
import { located } from './ubuntu/modules.ts';

const CODENAME = 'noble';
const PACKAGE = 'busybox-static';
/** In the package, before and after its move to /usr. */
const PROGRAMS = ['usr/bin/busybox', 'bin/busybox'] as const;

export interface BusyboxPackage {
  readonly version: string;
  readonly archive: Resolved;
  readonly members: readonly Member[];
}

/**
 * Finds the package in the signed index, downloads it and checks the program in it.
 * @throws {UserError} if it is unavailable, or has no static busybox for that architecture
 */
export async function resolveBusybox(arch: Arch, sources: Sources): Promise<BusyboxPackage> {
  const place = archiveFor(arch, sources.mirrors);
  const { base } = place;
  const index = await openArchive({ ...place, codename: CODENAME, arch }, sources);
  const found = index.newest(PACKAGE);
  if (found === undefined) {
    throw noBusybox(`${base} (${CODENAME})`, `component main has no ${PACKAGE} for ${arch}`);
  }
  const archive = located(found, base, `busybox/${arch}`);
  const contents = await readMembers(
    await sources.downloads.verified(archive),
    new Set(PROGRAMS),
    archive.url,
  );
  const member = PROGRAMS.find((name) => contents.has(name)) ?? PROGRAMS[0];
  const content = contents.get(member);
  if (content === undefined)
    throw noBusybox(archive.url, `does not contain ${PROGRAMS.join(' or ')}`);
  const why = whyNoBusybox(content, arch);
  if (why !== null) throw noBusybox(archive.url, `its ${member} ${why}`);
  const { url } = archive;
  const { version } = found;
  const sha256 = createHash('sha256').update(content).digest('hex');
  const path = `busybox/${arch}/busybox`;
  const program = { path, url, size: content.length, sha256, version };
  return { version, archive, members: [{ ...program, archive: archive.path, member }] };
}
