// The initramfs scripts themselves fetch from a generated tree what `explain` says, in that order.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { BUSYBOX_FOLDERS } from '../fixtures/busybox.ts';
import { buildProject, generateProject } from '../project.ts';
import { explain } from './explain.ts';
import { findNode } from './find-node.ts';
import { inFetchOrder, isForGrub } from './route.ts';

const GOLDEN = join(import.meta.dirname, '../goldens/custom-os');
const STEPS = join(import.meta.dirname, '../../payload/initramfs/steps');
const SKIP = process.platform === 'linux' ? false : 'the initramfs scripts need Linux tools';

/** Downloads become copies out of $DIST, each noted in $ROOT/urls; nothing is mounted or unpacked. */
const SCRIPT = `
  for part in "$STEPS"/*.sh "$STEPS"/../../boot/slots.sh; do . "$part"; done
  download_once() { echo "$4" >>"$ROOT/urls"; cp "$DIST/\${4#"$HOMEPBP_BASE"/}" "$2"; }
  load_module() { :; }; mount_tmpfs() { :; }; mount_image() { :; }
  bind_into_root() { :; }; unbind_from_root() { :; }; unpack() { :; }; take_modules() { :; }
  prepare_run
  parse_kernel_line "$LINE"
  mkdir -p "$BOOT_DIR" "$ROOT/proc"; echo "$LINE" >"$ROOT/proc/cmdline"
  # The slot is on the disk already when the modules are unpacked.
  is_mounted() { :; }; remount_boot() { :; }; umount() { :; }
  fetch_seed; fetch_list; fetch_image; cache_files; commit_cache; unpack_all 6.1.0
  for name in grub-common_1 libefiboot1_37-6 linux-modules-6.1_1 shim_15 dmsetup_1 fuse3_3 modules-6.1.tar my-kernel_1; do
    ! is_for_grub "debs/$name.deb" || echo "$name" >>"$ROOT/grub"
  done
`;

test('the scripts fetch exactly what explain says', { skip: SKIP }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-explain-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'run'));
  writeFileSync(join(root, 'nodes.yaml'), inventory());
  const options = {
    inventory: join(root, 'nodes.yaml'),
    media: join(root, 'media'),
    ipxeFolders: [],
    busyboxFolders: BUSYBOX_FOLDERS,
  };
  await buildProject({ ...options, out: join(root, 'dist'), link: 'symlink' });
  const { plan, files } = await generateProject(options);
  const { node, mac } = findNode(plan.nodes, 'pi');
  const { firmwares, kernel_line: words } = explain(plan, files, node, mac);

  const { status, stdout, stderr } = spawnSync('sh', ['-c', SCRIPT], {
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: process.env.PATH,
      STEPS,
      ROOT: root,
      HOMEPBP_SYSROOT: root,
      DIST: join(root, 'dist'),
      LINE: words.map(({ word }) => word).join(' '),
    },
  });
  assert.equal(status, 0, stdout + stderr);
  const steps = firmwares[0]?.steps.filter(({ by, path }) => by === 'initramfs' && path !== null);
  const fetched = readFileSync(join(root, 'urls'), 'utf8').trim().split('\n');
  assert.deepEqual(
    fetched,
    steps?.map(({ what }) => what),
  );
  const forGrub = readFileSync(join(root, 'grub'), 'utf8').trim().split('\n');
  assert.deepEqual(forGrub, [
    'grub-common_1',
    'libefiboot1_37-6',
    'shim_15',
    'dmsetup_1',
    'fuse3_3',
  ]);
  assert.ok(forGrub.every((name) => isForGrub(`debs/${name}.deb`)));
  assert.ok(!['linux-modules-6.1_1', 'my-kernel_1'].some((name) => isForGrub(`debs/${name}.deb`)));
});

test('firmware is for nodes that have a disk', () => {
  const [root, grub, modules, firmware] = [
    'rootfs.squashfs',
    'debs/grub-common_1.deb',
    'debs/linux-modules-6.1_1.deb',
    'firmware/linux-firmware_1.deb',
  ] as const;
  const listed = [grub, modules, firmware, root];
  assert.deepEqual(inFetchOrder(listed, true), [root, modules, firmware, grub]);
  assert.deepEqual(inFetchOrder(listed, false), [root, modules]);
});

/** The golden project's inventory, with its files where they are. */
function inventory(): string {
  const text = readFileSync(join(GOLDEN, 'nodes.yaml'), 'utf8');
  return text.replaceAll(/\bfiles\//g, `${GOLDEN}/files/`);
}
