// For tests: publishers on loopback with small data in the real layouts, signed with a key of the test.
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  createCleartextMessage,
  generateKey,
  type PrivateKey,
  type PublicKey,
  sign,
} from 'openpgp';
import { type Http, openHttp } from './http.ts';
import { wrongContent } from './sources/errors.ts';
import { type Downloads, type Mirrors, PUBLISHERS, type Sources } from './sources/source.ts';
import { publish, SOON, serveFile } from './trial.ts';

/** URL path → what is there. Tests change it before they publish. */
export type Site = Record<string, Uint8Array>;

export interface TestKey {
  readonly privateKey: PrivateKey;
  readonly publicKey: PublicKey;
}

export async function makeKey(options: { date?: Date; seconds?: number } = {}): Promise<TestKey> {
  return generateKey({
    userIDs: [{ name: 'A publisher of a test' }],
    format: 'object',
    ...(options.date === undefined ? {} : { date: options.date }),
    ...(options.seconds === undefined ? {} : { keyExpirationTime: options.seconds }),
  });
}

/** The text clear-signed, as .sjson and InRelease are. */
export async function signed(
  text: string,
  key: TestKey | readonly TestKey[],
  date?: Date,
): Promise<Buffer> {
  const signingKeys = [key].flat().map(({ privateKey }) => privateKey);
  const message = await createCleartextMessage({ text });
  return Buffer.from(await sign({ message, signingKeys, ...(date === undefined ? {} : { date }) }));
}

export function sha256(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** A kernel for PCs that holds nothing but its setup header (Documentation/arch/x86/boot.rst). */
export function bzImage(banner: string): Buffer {
  const image = Buffer.alloc(0x1000);
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x400, 0x20e);
  image.write(`${banner}\0`, 0x600);
  return image;
}

/** A kernel for arm64 that holds nothing but its banner, and the format that it is printed with. */
export function arm64Image(banner: string): Buffer {
  const image = Buffer.alloc(0x4000);
  image.write('ARMd', 0x38);
  image.write('Linux version %s (%s)\0', 0x1000);
  image.write(`Linux version ${banner}\n\0`, 0x2000);
  return image;
}

/** An EFI application that unpacks a kernel (drivers/firmware/efi/libstub/zboot-header.S). */
export function zboot(compression: string, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(0x40);
  header.write('MZ', 0);
  header.write('zimg', 4);
  header.writeUInt32LE(header.length, 0x08);
  header.writeUInt32LE(payload.length, 0x0c);
  header.write(`${compression}\0`, 0x18);
  return Buffer.concat([header, payload]);
}

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
  site: Site,
  builds: readonly TrialBuild[],
  key: TestKey,
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
    index: { 'com.ubuntu.maas:stable:1:bootloader-download': bootloaders, [id]: listed },
  };
  const stream = { content_id: id, format: 'products:1.0', datatype: 'image-downloads', products };
  site['/images/streams/v1/index.sjson'] = await signed(JSON.stringify(index, null, 1), key);
  site[`/images/${path}`] = await signed(JSON.stringify(stream, null, 1), key);
}

function productOf({ release, codename, arch, kernel }: TrialBuild) {
  const common = { arch, krel: kernel, release: codename, version: release, kflavor: 'generic' };
  return { ...common, label: 'stable', os: 'ubuntu', subarch: kernel, versions: {} };
}

function addBuild(site: Site, build: TrialBuild): Record<string, unknown> {
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
}

export interface TrialPocket {
  /** `noble-updates`. */
  readonly suite: string;
  readonly codename: string;
  readonly arch: string;
  readonly packages: readonly TrialPackage[];
  readonly byHash?: boolean;
}

/**
 * Adds a pocket and its packages as the Ubuntu archive has them.
 * @param base `/archive`, or a snapshot's path
 */
export async function addPocket(
  site: Site,
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
    'Date: Thu, 17 Jul 2025 10:11:12 UTC',
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

export function debOf({ name, version }: TrialPackage): Buffer {
  return Buffer.from(`!<arch>\n${name} ${version}`);
}

function addPackage(site: Site, base: string, one: TrialPackage, arch: string): string {
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

/** Adds a k3s release as github.com/k3s-io/k3s has it; `+` is `%2B` in its URLs. */
export function addK3s(site: Site, version: string, channels: readonly string[]): void {
  const folder = `/k3s/${version.replaceAll('+', '%2B')}`;
  for (const arch of ['amd64', 'arm64', 'arm']) {
    const suffix = { amd64: '', arm: '-armhf' }[arch] ?? `-${arch}`;
    const assets = [`k3s${suffix}`, `k3s-airgap-images-${arch}.tar.zst`, `k3s-images.txt`];
    const lines = assets.map((name) => {
      const content = Buffer.from(`${name} ${version}`);
      site[`${folder}/${name}`] = content;
      return `${sha256(content)}  ${name}\n`;
    });
    site[`${folder}/sha256sum-${arch}.txt`] = Buffer.from(lines.join(''));
  }
  const data = channels.map((id) => ({ id, type: 'channel', name: id, latest: version }));
  const testing = { id: 'testing', type: 'channel', name: 'testing', latestRegexp: '-(rc)' };
  site['/channels'] = Buffer.from(JSON.stringify({ type: 'collection', data: [...data, testing] }));
}

/** Serves the site until the test ends; what the sources need to use it. */
export async function publishSite(t: TestContext, site: Site, key: TestKey) {
  const answers = Object.entries(site).map(([path, content]) => [path, serveFile(content)]);
  const { base, asked } = await publish(t, Object.fromEntries(answers));
  const http = openHttp(SOON);
  t.after(() => http.close());
  const signers = { name: 'the trial publisher', keys: [key.publicKey] };
  const sources: Sources = {
    mirrors: mirrorsAt(base),
    http,
    downloads: await plainDownloads(t, http),
    signers: { archive: signers, images: signers },
  };
  return { base, sources, paths: () => asked.map(({ url }) => url) };
}

/** Every publisher in a folder of its own name. */
export function mirrorsAt(base: string): Mirrors {
  const entries = Object.keys(PUBLISHERS).map((name) => [name, `${base}/${name}`]);
  return { ...Object.fromEntries(entries), k3sChannels: `${base}/channels` };
}

async function plainDownloads(t: TestContext, http: Http): Promise<Downloads> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-sources-'));
  t.after(() => rm(folder, { recursive: true }));
  const store = async (url: string, maxBytes: number) => {
    const body = await http.bytes(url, { maxBytes });
    const path = join(folder, sha256(body));
    await writeFile(path, body);
    return { path, size: body.length, sha256: sha256(body) };
  };
  return {
    unpinned: (url, _, { maxBytes }) => store(url, maxBytes),
    async verified({ url, size, sha256: expected }) {
      const got = await store(url, size);
      if (got.sha256 !== expected) throw wrongContent(url, 'the test', got.sha256);
      return got.path;
    },
  };
}
