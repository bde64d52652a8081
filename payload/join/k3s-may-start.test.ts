// Which starts of k3s systemd may make on its own: those of members, and one for each permit.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, SHELLS, SKIP } from '../run-parts.trial.ts';

const ETCD = 'var/lib/rancher/k3s/server/db/etcd';
const PERMIT = 'run/homepbp/k3s-permit';
const UPTIME = 'proc/uptime';

for (const shell of SHELLS) {
  describe(`k3s-may-start in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const mayStart = (root: string) => {
      const [program = 'sh', ...words] = shell;
      const script = join(import.meta.dirname, 'k3s-may-start');
      const env = { PATH: process.env.PATH, HOMEPBP_SYSROOT: root };
      return spawnSync(program, [...words, script], { env, encoding: 'utf8' }).status === 0;
    };
    test('a member starts as often as systemd likes, and keeps the permit for later', (t) => {
      const root = makeRoot(t, { [`${ETCD}/member/wal/0.wal`]: '', [PERMIT]: '' });
      assert.ok(mayStart(root) && mayStart(root));
      assert.ok(existsSync(join(root, PERMIT)));
    });
    test('without data there is one start for each permit', (t) => {
      const root = makeRoot(t, { [PERMIT]: '100\n', [UPTIME]: '100.99 7.00\n' });
      assert.ok(mayStart(root));
      assert.ok(!mayStart(root), 'a restart by systemd does not found');
    });
    test('a former member needs a permit, too', (t) => {
      const root = makeRoot(t, { [`${ETCD}/member/wal/0.wal`]: '', [`${ETCD}/tombstone`]: '' });
      assert.ok(!mayStart(root));
    });
    test('a permit whose time is over is none, and used up', (t) => {
      for (const permit of ['99\n', '', 'soon\n', '-1\n']) {
        const root = makeRoot(t, { [PERMIT]: permit, [UPTIME]: '100.00 7.00\n' });
        assert.ok(!mayStart(root), permit);
        assert.ok(!existsSync(join(root, PERMIT)));
      }
    });
    test('without data and permit nothing starts', (t) => assert.ok(!mayStart(makeRoot(t))));
  });
}
