// The initramfs scripts themselves fetch from a generated tree what `explain` says, in that order.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildProject, generateProject } from '../project.ts';
import { explain } from './explain.ts';
import { findNode } from './find-node.ts';

const GOLDEN = join(import.meta.dirname, '../goldens/custom-os');
const SCRIPTS = join(import.meta.dirname, '../../payload/initramfs/scripts');
const SKIP = process.platform === 'linux' ? false : 'the initramfs scripts need Linux tools';

/** Downloads become copies out of $DIST, each noted in $ROOT/urls; nothing is mounted or unpacked. */
const SCRIPT = `
  for part in "$SCRIPTS"/homepbp.d/*.sh; do . "$part"; done
  download_once() { echo "$4" >>"$ROOT/urls"; cp "$DIST/\${4#"$HOMEPBP_BASE"/}" "$2"; }
  modprobe() { :; }; mount_tmpfs() { :; }; mount_image() { :; }
  bind_into_root() { :; }; unbind_from_root() { :; }; unpack() { :; }; take_modules() { :; }
  prepare_run
  parse_kernel_line "$LINE"
  fetch_seed; fetch_list; fetch_image; unpack_all 6.1.0
`;

test('the scripts fetch exactly what explain says', { skip: SKIP }, async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-explain-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'run'));
  writeFileSync(join(root, 'nodes.yaml'), inventory());
  const options = { inventory: join(root, 'nodes.yaml'), media: join(root, 'media') };
  await buildProject({ ...options, out: join(root, 'dist'), link: 'symlink', ipxeFolders: [] });
  const { plan, files } = await generateProject({ ...options, ipxeFolders: [] });
  const { node, mac } = findNode(plan.nodes, 'pi');
  const { firmwares, kernel_line: words } = explain(plan, files, node, mac);

  const { status, stdout, stderr } = spawnSync('sh', ['-c', SCRIPT], {
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: process.env.PATH,
      SCRIPTS,
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
});

/** The golden project's inventory, with its files where they are. */
function inventory(): string {
  const text = readFileSync(join(GOLDEN, 'nodes.yaml'), 'utf8');
  return text.replaceAll(/\bfiles\//g, `${GOLDEN}/files/`);
}
