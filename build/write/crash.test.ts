// What is left of dist/ when a build is killed or the disk is full.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { contents, inventory, killBuilds, project } from './crash.trial.ts';

test('a killed build leaves each file old or new, and the next one repairs the rest', (t) =>
  killBuilds(t, 40, [0, 5, 15]));

test('a full disk leaves the old tree untouched', (t) => {
  const mount = mkdtempSync(join(tmpdir(), 'homepbp-full-'));
  t.after(() => rmSync(mount, { recursive: true, force: true }));
  const { folder, use, args } = project(t, 100);
  // A file system of 16 MB in a mount namespace of its own; without the right to one, with a user's.
  const script = `mount -t tmpfs -o size=16m tmpfs "$1" && shift && exec "$@"`;
  const inMount = (command: readonly string[]) =>
    spawnSync(
      'unshare',
      ['--user', '--map-root-user', '--mount', 'sh', '-c', script, 'sh', mount, ...command],
      { encoding: 'utf8' },
    );
  const probe = inMount(['true']);
  if (probe.status !== 0) {
    assert.notEqual(
      process.env.HOMEPBP_REQUIRE_TOOLS,
      '1',
      `unshare: ${probe.error ?? probe.stderr}`,
    );
    return t.skip('no mount namespaces here');
  }
  use('old');
  writeFileSync(join(folder, 'new.yaml'), inventory('new', 100));
  const out = join(mount, 'dist');
  const command = args(out)
    .map((word) => `'${word}'`)
    .join(' ');
  const steps = [
    `'${process.execPath}' ${command} >/dev/null && cp -r '${out}' '${folder}/before'`,
    // Fills the file system to the last block.
    `dd if=/dev/zero of='${mount}/filler' bs=4k 2>/dev/null; cp '${folder}/new.yaml' '${folder}/nodes.yaml'`,
    `'${process.execPath}' ${command}; echo "status $?"; cp -r '${out}' '${folder}/after'`,
  ];
  mkdirSync(join(folder, 'media'), { recursive: true });
  const { stdout, stderr } = inMount(['sh', '-c', steps.join('\n')]);
  assert.match(stdout, /^status 1$/m, stderr);
  assert.match(stderr, /dist cannot be written: the disk is full/);
  assert.deepEqual(contents(join(folder, 'after')), contents(join(folder, 'before')));
});
