// An export to a USB stick, as loop device.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contents, openTrial, TREE } from './export.trial.ts';

test('a file system without links or modes: a USB stick with exFAT', (t) => {
  const { folder, dist } = openTrial(t);
  mkdirSync(join(folder, 'stick'));
  // In user space (FUSE), as few kernels on servers have it. 77: this place cannot do it.
  const script = [
    'PATH=$PATH:/usr/sbin:/sbin; folder=$1; shift',
    'truncate -s 16M "$folder/disk" && mkfs.exfat "$folder/disk" >/dev/null || exit 77',
    'loop=$(losetup --find --show "$folder/disk") || exit 77',
    `trap 'umount "$folder/stick"; losetup --detach "$loop"' EXIT`,
    'mount.exfat-fuse "$loop" "$folder/stick" 2>/dev/null >&2 || exit 77',
    'ln -s disk "$folder/stick/link" 2>/dev/null && exit 78',
    '"$@" && "$@" && cp -r "$folder/stick" "$folder/seen"',
  ].join('\n');
  const code = `import { exportTree } from ${JSON.stringify(join(import.meta.dirname, 'export.ts'))};
    const { written } = await exportTree(${JSON.stringify(dist)}, ${JSON.stringify(join(folder, 'stick'))});
    console.log(written.length);`;
  const words = ['-c', script, 'sh', folder, process.execPath, '--input-type=module', '-e', code];
  const { status, stdout, stderr } = spawnSync('sh', words, { encoding: 'utf8' });
  if (status === 77) {
    assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', `no exFAT here: ${stderr}`);
    return t.skip('no exFAT here: needs root, exfat-fuse and exfatprogs');
  }
  assert.equal(status, 0, stderr);
  assert.deepEqual(stdout.trim().split('\n'), [`${Object.keys(TREE).length + 1}`, '0']);
  assert.deepEqual(contents(join(folder, 'seen')), contents(dist));
});
