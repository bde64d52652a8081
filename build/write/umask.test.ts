import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const LAUNCHER = join(import.meta.dirname, '../../homepbp.mjs');
const INVENTORY = `ssh: { keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk a"] }
nodes: [{ name: a, mac: 52-54-00-00-00-01 }]
`;

test('under a strict umask, public files stay readable and secrets private', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-umask-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'nodes.yaml'), INVENTORY);
  const command = [process.execPath, LAUNCHER, 'build'];
  const script = 'umask 0077 && exec "$@"';
  const { status, stderr } = spawnSync('sh', ['-c', script, 'sh', ...command], {
    cwd: folder,
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  const mode = (path: string) => statSync(join(folder, 'dist', path)).mode & 0o777;
  assert.equal(mode('boot.ipxe'), 0o644);
  assert.equal(mode('nodes/52-54-00-00-00-01/user-data'), 0o600);
});
