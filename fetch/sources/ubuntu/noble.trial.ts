// For tests: Ubuntu 24.04 in small, as its two publishers have it.
import type { TestKey, TrialSite } from '../../publisher.trial.ts';
import { busyboxPackage } from '../busybox.trial.ts';
import { bzImage } from './kernels.trial.ts';
import { addImages, addPocket, type TrialBuild, type TrialPackage } from './site.trial.ts';

export const KERNEL = '6.8.0-63-generic';
export const UPLOAD = '6.8.0-63.66';
const BANNER = `${KERNEL} (buildd@lcy02-amd64-031) #66-Ubuntu SMP PREEMPT_DYNAMIC Fri Jun 13 20:25:30 UTC 2025`;

export const MODULES: readonly TrialPackage[] = [
  { name: `linux-modules-${KERNEL}`, version: UPLOAD, source: 'linux' },
  {
    name: `linux-modules-extra-${KERNEL}`,
    version: UPLOAD,
    source: 'linux',
    depends: `linux-modules-${KERNEL}, linux-image-${KERNEL} | linux-image-unsigned-${KERNEL}`,
  },
];

/** The root image has an older one of these libraries than the archive, and lacks the other. */
export const INSTALLED = 'libc6:amd64\t2.39-0ubuntu8.4\nlibdevmapper1.02.1:amd64\t2:1.02.185-3\n';

const GRUB: readonly TrialPackage[] = [
  {
    name: 'grub2-common',
    version: '2.12-1ubuntu7.3',
    source: 'grub2',
    depends: 'grub-common (= 2.12-1ubuntu7.3), libc6 (>= 2.38), libefiboot1t64 (>= 38)',
  },
  {
    name: 'grub-common',
    version: '2.12-1ubuntu7.3',
    source: 'grub2',
    depends: 'libc6 (>= 2.38), libdevmapper1.02.1 (>= 2:1.02.97), gettext-base | none-such',
  },
  { name: 'grub-pc-bin', version: '2.12-1ubuntu7.3', source: 'grub2', depends: 'grub-common' },
  { name: 'grub-efi-amd64-bin', version: '2.12-1ubuntu7.3', source: 'grub2' },
  { name: 'grub-efi-arm64-bin', version: '2.12-1ubuntu7.3', source: 'grub2' },
  { name: 'grub-efi-amd64-signed', version: '1.202.5+2.12-1ubuntu7.3', depends: 'not-followed' },
  { name: 'grub-efi-arm64-signed', version: '1.202.5+2.12-1ubuntu7.3' },
  { name: 'shim-signed', version: '1.58+15.8-0ubuntu1', depends: 'mokutil' },
];
const RELEASED: readonly TrialPackage[] = [
  { name: 'grub2-common', version: '2.12-1ubuntu7', source: 'grub2' },
  { name: 'libefiboot1t64', version: '38-3.1build1', source: 'efivar', depends: 'libefivar1t64' },
  { name: 'libefivar1t64', version: '38-3.1build1', source: 'efivar' },
  { name: 'gettext-base', version: '0.21-14ubuntu2', source: 'gettext' },
  { name: 'linux-firmware', version: '20240318.git3b128b60-0ubuntu2' },
];

export const BUILD: TrialBuild = {
  release: '24.04',
  codename: 'noble',
  arch: 'amd64',
  kernel: 'ga-24.04',
  serial: '20250716',
  kernelImage: bzImage(BANNER),
  installed: INSTALLED,
};

export interface NobleOptions {
  readonly builds?: readonly TrialBuild[];
  /** What the archive's updates have beside GRUB. */
  readonly modules?: readonly TrialPackage[];
  readonly arch?: string;
  readonly codename?: string;
  readonly base?: string;
  readonly byHash?: boolean;
  /** Of the lists of images and packages. */
  readonly date?: string | undefined;
  /** Of the lists of packages. */
  readonly validUntil?: string | undefined;
}

/** Fills a site with boot images and an archive. */
export async function noble(key: TestKey, options: NobleOptions = {}): Promise<TrialSite> {
  const site: TrialSite = {};
  await addImages(site, options.builds ?? [BUILD], key, options.date);
  await addArchive(site, key, options);
  return site;
}

/** An archive only, such as one of the snapshots. */
export async function addArchive(
  site: TrialSite,
  key: TestKey,
  {
    modules = MODULES,
    arch = 'amd64',
    codename = 'noble',
    base = '/archive',
    byHash = true,
    date,
    validUntil,
  }: NobleOptions,
): Promise<void> {
  const pocket = (suite: string, packages: readonly TrialPackage[]) =>
    addPocket(site, base, { suite, codename, arch, packages, byHash, date, validUntil }, key);
  await pocket(codename, RELEASED);
  await pocket(`${codename}-updates`, [...GRUB, ...modules, busyboxPackage(arch)]);
  await pocket(`${codename}-security`, GRUB);
}
