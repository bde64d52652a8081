// What a system that came up tells the boot loader.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeRoot, SHELLS, SKIP } from '../run-parts.trial.ts';

/** A running system that came from `slot`, with both slots whole and `a` current. */
function boot(t: TestContext, shell: readonly string[], slot: string) {
  const root = makeRoot(t, {
    'run/homepbp/boot.env': `HOMEPBP_BOOT=disk\nHOMEPBP_SLOT=${slot}\n`,
    'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
    'run/homepbp/boot/a/slot.cfg': 'x',
    'run/homepbp/boot/b/slot.cfg': 'x',
    'run/homepbp/boot/grub/grubenv': 'homepbp_tries=a2',
  });
  const place = join(root, 'run/homepbp/boot');
  spawnSync('sh', ['-c', `echo "/dev/vda3 ${place} ext4 ro 0 0" >"$0/proc/mounts"`, root]);
  const [program = '', ...words] = shell;
  const script = 'mount() { echo "mount $*"; }; . "$0"';
  const result = spawnSync(program, [...words, '-c', script, join(import.meta.dirname, 'booted')], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, HOMEPBP_SYSROOT: root },
  });
  const read = (name: string) => readFileSync(join(place, name), 'utf8');
  return { place, read, said: result.stdout + result.stderr, status: result.status };
}

for (const shell of SHELLS) {
  describe(`booted in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('the slot is proven, the count is cleared, the disk is read-only again', (t) => {
      const { place, read, said, status } = boot(t, shell, 'a');
      assert.equal(status, 0, said);
      assert.ok(existsSync(join(place, 'a/proven')) && !existsSync(join(place, 'b/proven')));
      assert.match(read('grub/grubenv'), /^# GRUB Environment Block\n(?!.*tries)/);
      assert.equal(read('grub/grubenv').length, 1024);
      assert.equal(read('current.cfg'), 'set homepbp_current=a\n');
      assert.match(said, /mount -o remount,rw .*[\s\S]*mount -o remount,ro /);
    });

    test('the slot that GRUB had to take instead becomes the current one', (t) => {
      const { read, said } = boot(t, shell, 'b');
      assert.equal(read('current.cfg'), 'set homepbp_current=b\n');
      assert.match(said, /slot a on the disk did not boot; switching to slot b/);
    });

    test('a system without a slot changes nothing', (t) => {
      const { place, read, said, status } = boot(t, shell, '');
      assert.equal(status, 0);
      assert.equal(read('grub/grubenv'), 'homepbp_tries=a2');
      assert.ok(!existsSync(join(place, 'a/proven')));
      assert.doesNotMatch(said, /mount/);
    });
  });
}
