// HOMEPBP_BOOT for tests of the cache: slots as files of a folder, and a network that serves a system.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { makeRoot, runParts } from '../run-parts.trial.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
/** Two systems: path → text. */
export const OLD = {
  vmlinuz: 'kernel 1',
  initrd: 'initrd 1',
  'homepbp.cpio': 'layer 1',
  'rootfs.squashfs': 'root 1',
};
export const NEW = { ...OLD, 'rootfs.squashfs': 'root 2', 'debs/linux-modules_1.deb': 'modules' };
const LINE =
  "vmlinuz initrd=homepbp.cpio initrd=initrd rdinit=/homepbp/init BOOTIF=01-52-54-00-00-00-01 homepbp.base=http://g homepbp.address=10.0.0.9/24,, it's console=ttyS1,57600n8";

/** A system's fetch.list. */
export const listOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files)
    .map(([path, text]) => `${hash(text)} ${Buffer.byteLength(text)} ${path}\n`)
    .join('');

/** A disk with the given files, BOOT mounted, and a network that serves `system`. */
export function makeDisk(
  t: TestContext,
  system: Readonly<Record<string, string>>,
  files = {},
): string {
  const served = Object.entries(system).map(([path, text]) => {
    return [`served/${path}`, text];
  });
  return makeRoot(t, {
    'proc/cmdline': `${LINE}\n`,
    'run/homepbp/seed/user-data': 'token: x\n',
    'run/homepbp/boot/lost+found/x': '',
    'homepbp/node/grub/grubenv': '#',
    'run/homepbp/image/rootfs.squashfs': system['rootfs.squashfs'] ?? '',
    'run/homepbp/fetch.list': listOf(system),
    ...Object.fromEntries(served),
    ...files,
  });
}

/** Runs the two halves of the cache as a boot over the network does. */
export function cache(shell: readonly string[], root: string, more = '') {
  const script = `
    echo "/dev/vda3 $BOOT_DIR ext4 rw 0 0" >"$ROOT/proc/mounts"
    HOMEPBP_BASE=http://g HOMEPBP_OS=os/x FETCH_TRIES=1
    HOMEPBP_OS_SHA256="$(sha256sum <"$FETCH_LIST")" HOMEPBP_OS_SHA256="\${HOMEPBP_OS_SHA256%% *}"
    mount() { echo "mount $*" >>"$ROOT/calls"; }
    sync() { :; }
    wget() { echo "$4" >>"$ROOT/asked"; cp "$ROOT/served/\${4#http://g/os/x/}" "$3" 2>/dev/null; }
    mount_image() { :; }; forget_image() { :; }; load_module() { :; }
    ${more}
    cache_files; echo "SLOT=$SLOT"; commit_cache`;
  return runParts(shell, root, script);
}

/** The slots as folders of path → text. */
export function slotsOf(root: string): Record<string, Record<string, string>> {
  const boot = join(root, 'run/homepbp/boot');
  const slots = readdirSync(boot).filter((name) => /^[ab]/.test(name));
  return Object.fromEntries(slots.map((slot) => [slot, filesBelow(join(boot, slot))]));
}

/** A folder's files: path → text. */
export function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

/** What current.cfg says; nothing where there is none. */
export const pointer = (root: string) => {
  const path = join(root, 'run/homepbp/boot/current.cfg');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
/** The URLs that the network was asked for. */
export const asked = (root: string) =>
  existsSync(join(root, 'asked'))
    ? readFileSync(join(root, 'asked'), 'utf8').trim().split('\n')
    : [];

/** A whole slot of a system, as files below /. */
export const slotFiles = (slot: string, system: Readonly<Record<string, string>>, more = {}) =>
  Object.fromEntries(
    Object.entries({
      ...system,
      'fetch.list': listOf(system),
      'slot.cfg': `set homepbp_list=${hash(listOf(system))}\n`,
      'seed/user-data': 'token: x\n',
      ...more,
    }).map(([path, text]) => [`run/homepbp/boot/${slot}/${path}`, text]),
  );
