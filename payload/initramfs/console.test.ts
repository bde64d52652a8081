// How the boot ends when it cannot go on, and the question whether there is enough RAM.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const SHA = 'cd'.repeat(32);

for (const shell of SHELLS) {
  describe(`console and memory in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('giving up says what, where and what next, counts down and reboots', (t) => {
      const root = makeRoot(t);
      const { status, console } = runParts(shell, root, 'REBOOT_DELAY=12; give_up A B C; echo NO');
      assert.equal(status, 1);
      assert.deepEqual(console.trim().split('\n'), [
        'homepbp: CANNOT CONTINUE: A',
        'homepbp:   where: B',
        'homepbp:   next:  C',
        ...[12, 10, 5, 4, 3, 2, 1].map((left) => `homepbp: rebooting in ${left} s`),
        'homepbp: rebooting',
      ]);
      assert.equal(
        readFileSync(join(root, 'calls'), 'utf8'),
        `${'sleep 1\n'.repeat(12)}reboot -f\n`,
      );
      assert.equal(readFileSync(join(root, 'proc/sysrq-trigger'), 'utf8'), 'b\n');
    });

    test('a step that ends its shell is told, and init does not go on without a root', (t) => {
      const root = makeRoot(t);
      const script = `. "$STEPS/../init"
        mount_kernel_folders() { :; }; link_programs() { :; }; start_root() { echo WENT ON; }
        load_parts() { REBOOT_DELAY=0; }
        prepare_run() { : "\${NOT_SET_ANYWHERE?}"; }
        main`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /CANNOT CONTINUE: the boot script stopped early/);
      assert.doesNotMatch(console, /WENT ON/);
      assert.match(readFileSync(join(root, 'calls'), 'utf8'), /^reboot -f$/m);
    });

    const memory = (t: Parameters<typeof makeRoot>[0], available: number) =>
      runParts(
        shell,
        makeRoot(t, {
          'proc/meminfo': `MemTotal: 9999999 kB\nMemAvailable:   ${available} kB\n`,
          'run/homepbp/fetch.list': `${SHA} 104857600 rootfs.squashfs\n${SHA} 20971520 debs/a.deb\n${SHA} 1048576 debs/m.tar\n`,
        }),
        'REBOOT_DELAY=0; check_memory; echo ENOUGH',
      );
    // 121 MiB of files, 101 MiB unpacked, 512 MiB to run.
    test('one KiB of RAM too little is told, with what is needed', (t) => {
      const { status, console } = memory(t, 734 * 1024 - 1);
      assert.equal(status, 1);
      assert.match(console, /not enough memory: 734 MiB free, 734 MiB needed/);
      assert.match(console, /121 MiB of files, 101 MiB of unpacked modules, 512 MiB to run/);
    });
    test('just enough RAM is enough', (t) => {
      const { status, console } = memory(t, 734 * 1024);
      assert.equal(status, 0);
      assert.match(console, /ENOUGH/);
    });
  });
}
