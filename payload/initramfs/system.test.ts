// What surrounds a boot: programs, udev, the root's init.
import assert from 'node:assert/strict';
import { chmodSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

/** A root with a program that notes how it was called. */
function withProgram(t: TestContext, path: string, files = {}): string {
  const script = `#!/bin/sh\necho "${path} $*" >>"$ROOT/calls"\n`;
  const root = makeRoot(t, { ...files, [path]: script });
  chmodSync(join(root, path), 0o755);
  return root;
}

const calls = (root: string) => readFileSync(join(root, 'calls'), 'utf8').trim().split('\n');

for (const shell of SHELLS) {
  describe(`the system in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('every applet of the list gets its name, by busybox itself', (t) => {
      const root = withProgram(t, 'homepbp/bin/busybox', { 'homepbp/applets': 'cat\nwget\n' });
      runParts(shell, root, 'link_programs');
      assert.deepEqual(calls(root), [
        `homepbp/bin/busybox ln -s busybox ${root}/homepbp/bin/cat`,
        `homepbp/bin/busybox ln -s busybox ${root}/homepbp/bin/wget`,
      ]);
    });

    for (const place of ['usr/lib/systemd/systemd-udevd', 'lib/systemd/systemd-udevd']) {
      test(`udev at ${place} loads drivers, and puts no disks together`, (t) => {
        const root = withProgram(t, place);
        runParts(shell, root, 'udevadm() { echo "udevadm $*" >>"$ROOT/calls"; }; start_udev');
        assert.deepEqual(calls(root), [
          `${place} --daemon --resolve-names=never`,
          'udevadm trigger --type=subsystems --action=add',
          'udevadm trigger --type=devices --action=add',
        ]);
        const rules = join(root, 'etc/udev/rules.d/64-md-raid-assembly.rules');
        assert.equal(readlinkSync(rules), '/dev/null');
      });
    }

    test('an initrd without udev is said, and the boot goes on', (t) => {
      const { status, console } = runParts(shell, makeRoot(t), 'start_udev');
      assert.equal(status, 0);
      assert.match(console, /WARNING: this initrd has no udev/);
    });

    test("modules are loaded by the initrd's own kmod", (t) => {
      const root = withProgram(t, 'usr/sbin/modprobe');
      const script = '. "$STEPS/system.sh"; load_module overlay; echo "=$?"';
      assert.match(runParts(shell, root, script).console, /^=0$/m);
      assert.deepEqual(calls(root), ['usr/sbin/modprobe -q overlay']);
      assert.match(runParts(shell, makeRoot(t), script).console, /^=1$/m);
    });

    test("the root's init is the kernel line's, and a root without one is refused", (t) => {
      const root = makeRoot(t, { 'proc/cmdline': 'quiet init=/bin/first\n', 'root/etc/x': '' });
      assert.equal(runParts(shell, root, 'init_program').console, '/bin/first');
      const plain = makeRoot(t, { 'proc/cmdline': 'quiet\n', 'root/etc/x': '' });
      const { console } = runParts(shell, plain, 'REBOOT_DELAY=0; check_root; echo NOT REACHED');
      assert.match(console, /CANNOT CONTINUE: the root image has no \/sbin\/init/);
      assert.doesNotMatch(console, /NOT REACHED/);
    });
  });
}
