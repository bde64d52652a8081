// Ubuntu to boot a machine with: kernel, initrd, root image, the kernel's modules, GRUB, firmware.
import { readFile } from 'node:fs/promises';
import type { Arch } from '../../contract/inventory.ts';
import { below, type Resolved, type Sources } from './source.ts';
import { badIndex, noKernelVersion } from './source-errors.ts';
import { archiveFor, openArchive, requireContent } from './ubuntu/archive.ts';
import { parseManifest } from './ubuntu/deb822.ts';
import { findFirmware } from './ubuntu/firmware.ts';
import { findBuild } from './ubuntu/image.ts';
import { type KernelVersion, kernelVersion } from './ubuntu/kernel-version.ts';
import { type Found, findModules, located } from './ubuntu/modules.ts';
import { closureOf, type PackageIndex } from './ubuntu/package-index.ts';
import { findRelease, outOfSupportNote } from './ubuntu/releases.ts';
import type { StreamBuild, StreamItem } from './ubuntu/streams.ts';

export interface UbuntuWanted {
  /** Such as `24.04`. */
  readonly release: string;
  readonly arch: Arch;
  /** `ga`: the kernel that the release came with; `hwe`: a later release's. */
  readonly kernel: 'ga' | 'hwe';
  /** A specific build; null for the newest. */
  readonly serial: string | null;
}

export interface UbuntuMedia {
  /** Of the boot image: `20250716`. */
  readonly serial: string;
  /** As `uname -r` has it. */
  readonly kernel: string;
  /** `os/<release>-<arch>/{vmlinuz,initrd,rootfs.squashfs,debs/*.deb,firmware/*.deb}`. */
  readonly files: readonly Resolved[];
  /** What the user should know, a sentence or more each. */
  readonly notes: readonly string[];
}

const MAX_MANIFEST = 4 << 20;

/** GRUB's tools and images for each firmware; their dependencies are needed to run them. */
const GRUB_TOOLS: Readonly<Record<Arch, readonly string[]>> = {
  amd64: ['grub2-common', 'grub-pc-bin', 'grub-efi-amd64-bin'],
  arm64: ['grub2-common', 'grub-efi-arm64-bin'],
};
/** For Secure Boot: only files from them are used, so no dependencies. */
const GRUB_SIGNED: Readonly<Record<Arch, readonly string[]>> = {
  amd64: ['grub-efi-amd64-signed', 'shim-signed'],
  arm64: ['grub-efi-arm64-signed', 'shim-signed'],
};

/**
 * Resolves a release for an architecture; downloads its kernel, as only that knows its version.
 * @throws {UserError} if a signature or hash is wrong, or something is unavailable
 */
export async function resolveUbuntu(wanted: UbuntuWanted, sources: Sources): Promise<UbuntuMedia> {
  const { release, arch, serial } = wanted;
  const known = findRelease(release);
  if (known === undefined)
    throw badIndex(sources.mirrors.images, `unknown Ubuntu release ${release}`);
  const product = { release, arch, kernel: `${wanted.kernel}-${release}` };
  const build = await findBuild(product, serial, known.outOfSupport, sources);
  const folder = `os/${release}-${arch}`;
  const image = imageFiles(build, folder, sources);
  const kernel = await readKernelVersion(image.kernel, sources);
  const archive = { ...archiveFor(arch, sources.mirrors), codename: known.codename, arch };
  const { base } = archive;
  const [index, installed] = await Promise.all([
    openArchive(archive, sources),
    readManifest(build.manifest, sources),
  ]);
  const debs = `${folder}/debs`;
  const modulesWanted = { kernel, archive, serial: build.serial, folder: debs };
  const modules = await findModules(modulesWanted, index, sources);
  const grub = findGrub(arch, index, installed, base, debs);
  const firmware = findFirmware(index, base, `${folder}/firmware`);
  const parts = [modules, grub, firmware];
  return {
    serial: build.serial,
    kernel: kernel.release,
    files: [...Object.values(image), ...parts.flatMap(({ files }) => files)],
    notes: [
      ...(known.outOfSupport ? [outOfSupportNote(release, build.serial)] : []),
      ...parts.flatMap(({ notes }) => notes),
    ],
  };
}

function imageFiles(build: StreamBuild, folder: string, { mirrors }: Sources) {
  const file = (name: string, { path, size, sha256 }: StreamItem): Resolved => {
    const url = below(mirrors.images, path);
    return { path: `${folder}/${name}`, url, size, sha256, version: build.serial };
  };
  return {
    kernel: file('vmlinuz', build.kernel),
    initrd: file('initrd', build.initrd),
    rootfs: file('rootfs.squashfs', build.squashfs),
  };
}

async function readKernelVersion(kernel: Resolved, { downloads }: Sources): Promise<KernelVersion> {
  const version = kernelVersion(await readFile(await downloads.verified(kernel)));
  if (version === null) throw noKernelVersion(kernel.url);
  return version;
}

async function readManifest(
  item: StreamItem,
  { mirrors, http }: Sources,
): Promise<Map<string, string>> {
  const url = below(mirrors.images, item.path);
  const body = await http.bytes(url, { maxBytes: MAX_MANIFEST });
  requireContent(body, item, url, below(mirrors.images, 'streams/v1/index.sjson'));
  return parseManifest(Buffer.from(body).toString('utf8'));
}

function findGrub(
  arch: Arch,
  index: PackageIndex,
  installed: ReadonlyMap<string, string>,
  base: string,
  folder: string,
): Found {
  const { packages, missing } = closureOf(GRUB_TOOLS[arch], index, installed);
  const signed = GRUB_SIGNED[arch]
    .filter((name) => !installed.has(name))
    .flatMap((name) => index.newest(name) ?? []);
  const files = [...packages, ...signed].map((one) => located(one, base, folder));
  if (missing.length === 0) return { files, notes: [] };
  return { files, notes: [`not in component main of ${base}: ${missing.join(', ')}`] };
}
