// For tests: releases of k3s and iPXE as GitHub has them.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { create } from 'tar';
import { sha256, type TrialSite } from '../publisher.trial.ts';

/** Adds a k3s release as github.com/k3s-io/k3s has it; `+` is `%2B` in its URLs. */
export function addK3s(site: TrialSite, version: string, channels: readonly string[]): void {
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

/** As src/util/gensrvimg packs them: files, and links to the ones that suit most. */
export const IPXE_MEMBERS: readonly string[] = [
  'i386/undionly.kpxe',
  'x86_64/undionly.kpxe',
  'i386/ipxe.pxe',
  'x86_64/ipxe.pxe',
  ...['x86_64', 'arm64', 'x86_64-sb', 'arm64-sb'].flatMap((arch) => [
    `${arch}/ipxe.efi`,
    `${arch}/snponly.efi`,
  ]),
  'x86_64-sb/shimx64.efi',
  'arm64-sb/shimaa64.efi',
];

/** An `ipxeboot.tar.gz` with programs of those names, and the link that it has to one of them. */
export async function packIpxe(
  t: TestContext,
  members: readonly string[] = IPXE_MEMBERS,
): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'homepbp-ipxe-'));
  t.after(() => rm(folder, { recursive: true }));
  for (const name of members) {
    const path = join(folder, 'ipxeboot', name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, `program ${name}`.repeat(2000));
  }
  await symlink('x86_64/ipxe.efi', join(folder, 'ipxeboot/ipxe.efi'));
  const file = join(folder, 'ipxeboot.tar.gz');
  await create({ file, cwd: folder, gzip: true }, ['ipxeboot']);
  return readFile(file);
}
