// For tests: boot images and an archive in the layouts of Ubuntu's publishers.
import { gzipSync } from 'node:zlib';
import { sha256, signed, type TestKey, type TrialSite } from '../../publisher.trial.ts';

/** Of all indexes, unless a test says otherwise. */
export const TRIAL_DATE = 'Thu, 17 Jul 2025 10:11:12 UTC';

export interface TrialBuild {
  readonly release: string;
  readonly codename: string;
  readonly arch: string;
  /** `ga-24.04`, `hwe-22.04`, … */
  readonly kernel: string;
  readonly serial: string;
  readonly kernelImage: Uint8Array;
  /** The lines of squashfs.manifest. */
  readonly installed: string;
}

/** Adds boot images as images.maas.io has them (canonical/maas-images, meph2/stream.py). */
export async function addImages(
  site: TrialSite,
  builds: readonly TrialBuild[],
  key: TestKey,
  updated: string | undefined = TRIAL_DATE,
): Promise<void> {
  const products: Record<string, Record<string, unknown>> = {};
  for (const build of builds) {
    const name = `com.ubuntu.maas.stable:v3:boot:${build.release}:${build.arch}:${build.kernel}`;
    products[name] ??= productOf(build);
    const { versions } = products[name] as { versions: Record<string, unknown> };
    versions[build.serial] = { items: addBuild(site, build) };
  }
  const id = 'com.ubuntu.maas:stable:v3:download';
  const path = `streams/v1/${id}.sjson`;
  const listed = { format: 'products:1.0', path, products: Object.keys(products) };
  const bootloaders = { format: 'products:1.0', path: 'streams/v1/bootloaders.sjson' };
  const index = {
    format: 'index:1.0',
    updated: updated?.replace('UTC', '+0000'),
    index: { 'com.ubuntu.maas:stable:1:bootloader-download': bootloaders, [id]: listed },
  };
  const stream = {
    content_id: id,
    format: 'products:1.0',
    updated: updated?.replace('UTC', '+0000'),
    datatype: 'image-downloads',
    products,
  };
  site['/images/streams/v1/index.sjson'] = await signed(JSON.stringify(index, null, 1), key);
  site[`/images/${path}`] = await signed(JSON.stringify(stream, null, 1), key);
}

function productOf({ release, codename, arch, kernel }: TrialBuild) {
  const common = { arch, krel: kernel, release: codename, version: release, kflavor: 'generic' };
  return { ...common, label: 'stable', os: 'ubuntu', subarch: kernel, versions: {} };
}

function addBuild(site: TrialSite, build: TrialBuild): Record<string, unknown> {
  const folder = `${build.codename}/${build.arch}/${build.serial}`;
  const boot = `${folder}/${build.kernel}/generic`;
  const item = (ftype: string, path: string, content: Uint8Array) => {
    site[`/images/${path}`] = content;
    return { [ftype]: { ftype, path, sha256: sha256(content), size: content.length } };
  };
  return {
    ...item('boot-kernel', `${boot}/boot-kernel`, build.kernelImage),
    ...item('boot-initrd', `${boot}/boot-initrd`, Buffer.from(`initrd ${boot}`)),
    ...item('squashfs', `${folder}/squashfs`, Buffer.from(`hsqs ${folder}`)),
    ...item('manifest', `${folder}/squashfs.manifest`, Buffer.from(build.installed)),
  };
}

export interface TrialPackage {
  readonly name: string;
  readonly version: string;
  readonly depends?: string;
  readonly provides?: string;
  /** `linux`, when it is not the package's own name. */
  readonly source?: string;
  /** The package itself; default: a stand-in with only its name. */
  readonly content?: Uint8Array;
}

export interface TrialPocket {
  /** `noble-updates`. */
  readonly suite: string;
  readonly codename: string;
  readonly arch: string;
  readonly packages: readonly TrialPackage[];
  readonly byHash?: boolean;
  readonly date?: string | undefined;
  readonly validUntil?: string | undefined;
}

/**
 * Adds a pocket and its packages as the Ubuntu archive has them.
 * @param base `/archive`, or a snapshot's path
 */
export async function addPocket(
  site: TrialSite,
  base: string,
  pocket: TrialPocket,
  key: TestKey,
): Promise<void> {
  const paragraphs = pocket.packages.map((one) => addPackage(site, base, one, pocket.arch));
  const packages = Buffer.from(paragraphs.join('\n'));
  const packed = gzipSync(packages);
  const folder = `main/binary-${pocket.arch}`;
  const dists = `${base}/dists/${pocket.suite}`;
  const byHash = `${dists}/${folder}/by-hash/SHA256/${sha256(packed)}`;
  site[pocket.byHash === false ? `${dists}/${folder}/Packages.gz` : byHash] = packed;
  const line = (content: Uint8Array, name: string) =>
    ` ${sha256(content)} ${String(content.length).padStart(16)} ${folder}/${name}`;
  const release = [
    'Origin: Ubuntu',
    'Label: Ubuntu',
    `Suite: ${pocket.suite}`,
    `Codename: ${pocket.codename}`,
    `Date: ${pocket.date ?? TRIAL_DATE}`,
    ...(pocket.validUntil === undefined ? [] : [`Valid-Until: ${pocket.validUntil}`]),
    `Architectures: ${pocket.arch}`,
    'Components: main restricted universe multiverse',
    ...(pocket.byHash === false ? [] : ['Acquire-By-Hash: yes']),
    'MD5Sum:',
    ` 00000000000000000000000000000000 ${packed.length} ${folder}/Packages.gz`,
    'SHA256:',
    line(packages, 'Packages'),
    line(packed, 'Packages.gz'),
  ];
  site[`${dists}/InRelease`] = await signed(`${release.join('\n')}\n`, key);
}

export function debOf({ name, version, content }: TrialPackage): Uint8Array {
  return content ?? Buffer.from(`!<arch>\n${name} ${version}`);
}

function addPackage(site: TrialSite, base: string, one: TrialPackage, arch: string): string {
  const source = one.source ?? one.name;
  const [, plain = one.version] = /^\d+:(.*)$/.exec(one.version) ?? [];
  const path = `pool/main/${source[0]}/${source}/${one.name}_${plain}_${arch}.deb`;
  const content = debOf(one);
  site[`${base}/${path.replaceAll('+', '%2B')}`] = content;
  return [
    `Package: ${one.name}`,
    `Architecture: ${arch}`,
    `Version: ${one.version}`,
    ...(one.depends === undefined ? [] : [`Depends: ${one.depends}`]),
    ...(one.provides === undefined ? [] : [`Provides: ${one.provides}`]),
    `Filename: ${path}`,
    `Size: ${content.length}`,
    `SHA256: ${sha256(content)}`,
    'Description: a package of a test',
    ' of two lines.',
    '',
  ].join('\n');
}
