// Stands in for the publishers: the test image, k3s' stand-in, Debian's iPXE and a busybox, pinned in a lock that
// names a web server of the network. `fetch` downloads and checks them as it does what it pinned itself.
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { DISTRIBUTION_IPXE } from '../../../build/media.ts';
import { MEDIA_LOCK, MEDIA_LOCK_VERSION, type MediaLock } from '../../../contract/media-lock.ts';
import { GENESIS, type Lan } from '../lan.ts';
import { startNginx } from '../nginx.ts';
import type { Scene } from '../scene.ts';
import { packStandIn, STAND_IN_VERSION, shelfRoot } from '../shelf/stand-in.ts';

const PORT = 8889;
/** What `init` writes. */
const SYSTEM = '24.04-amd64';
/** In what apt calls a package; an archive leaves it out. */
const EPOCH = /_\d+%3a/;
const SERIAL = '20261130';

/** Publishes everything that one amd64 machine with a disk needs, and pins it in the project. */
export async function publish(scene: Scene, lan: Lan, project: string): Promise<void> {
  const folder = join(scene.scratch, 'publisher');
  const files = await sources(scene);
  for (const [path, source] of files) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await symlink(source, join(folder, path));
  }
  await startNginx(scene, lan, folder, PORT);
  const lock: MediaLock = {
    version: MEDIA_LOCK_VERSION,
    resolved: RESOLVED,
    files: await pins(files),
    keys: {},
    dates: {},
  };
  await writeFile(join(project, MEDIA_LOCK), JSON.stringify(lock));
}

const RESOLVED = {
  [`os ${SYSTEM}`]: SERIAL,
  'k3s stable': STAND_IN_VERSION,
  ipxe: 'distribution',
  'busybox amd64': 'distribution',
};

/** Path in media/ → the file. */
async function sources(scene: Scene): Promise<Map<string, string>> {
  const { kernel, initrd, modules, grub, busybox } = scene.image;
  const system = `os/${SYSTEM}`;
  const packages = [modules, grub].map(async (folder) =>
    (await readdir(folder)).map((name): [string, string] => [
      `${system}/debs/${name.replace(EPOCH, '_')}`,
      join(folder, name),
    ]),
  );
  return new Map([
    [`${system}/vmlinuz`, kernel],
    [`${system}/initrd`, initrd],
    [`${system}/rootfs.squashfs`, await shelfRoot(scene)],
    ...(await Promise.all(packages)).flat(),
    [`k3s/${STAND_IN_VERSION}/k3s-amd64`, await packStandIn(scene)],
    ['busybox/amd64/busybox', busybox],
    ...['undionly.kpxe', 'snponly.efi'].map((name): [string, string] => [
      `ipxe/${name}`,
      join(DISTRIBUTION_IPXE, name),
    ]),
  ]);
}

async function pins(files: ReadonlyMap<string, string>) {
  const all = [...files].map(async ([path, source]) => {
    const content = await readFile(source);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const url = `http://${GENESIS}:${PORT}/${path}`;
    return [path, { url, size: content.length, sha256 }] as const;
  });
  return Object.fromEntries(await Promise.all(all));
}
