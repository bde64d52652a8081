// What is laid over the root image: fstab, masks, kernel modules.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const SHA = 'cd'.repeat(32);

for (const shell of SHELLS) {
  describe(`root and modules in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test("the image's fstab and self-updates are put aside", (t) => {
      const root = makeRoot(t, { 'root/etc/fstab': 'LABEL=cloudimg-rootfs / ext4 defaults 0 1\n' });
      assert.equal(runParts(shell, root, 'settle_root').status, 0);
      assert.match(readFileSync(join(root, 'root/etc/fstab'), 'utf8'), /^#[^\n]*\n$/);
      for (const unit of ['snapd.service', 'apt-daily.timer', 'unattended-upgrades.service']) {
        assert.equal(readlinkSync(join(root, 'root/etc/systemd/system', unit)), '/dev/null');
      }
    });

    const modules = (t: Parameters<typeof makeRoot>[0], tree: string) => {
      const root = makeRoot(t, {
        'run/homepbp/fetch.list': `${SHA} 9 debs/a.deb\n`,
      });
      const script = `REBOOT_DELAY=0
        uname() { echo 5.4.0-1-generic; }
        mount() { echo "mount $*" >>"$ROOT/calls"; }
        umount() { :; }
        take_listed() { :; }
        in_root() {
          case "$1" in
          dpkg-deb) for dir in ${tree}; do mkdir -p "$ROOT$4/$dir/kernel"; echo x >"$ROOT$4/$dir/kernel/veth.ko"; done ;;
          depmod) echo "depmod $2" >>"$ROOT/calls" ;;
          esac
        }
        install_modules; echo INSTALLED`;
      return { root, ...runParts(shell, root, script) };
    };
    for (const place of ['lib/modules', 'usr/lib/modules']) {
      test(`modules below ${place} are bound and indexed`, (t) => {
        const { root, status, console } = modules(
          t,
          `${place}/5.4.0-1-generic ${place}/5.4.0-2-generic`,
        );
        assert.equal(status, 0, console);
        const tree = 'run/homepbp/modules/5.4.0-1-generic';
        assert.ok(existsSync(join(root, tree, 'kernel/veth.ko')));
        const calls = readFileSync(join(root, 'calls'), 'utf8');
        assert.ok(
          calls.includes(
            `mount -o bind ${root}/${tree} ${root}/root/lib/modules/5.4.0-1-generic\ndepmod 5.4.0-1-generic`,
          ),
          calls,
        );
        assert.match(
          console,
          /ignoring modules for kernel 5\.4\.0-2-generic; this one is 5\.4\.0-1-generic/,
        );
      });
    }
    test('packages in both places make one tree', (t) => {
      const { root, status } = modules(
        t,
        'lib/modules/5.4.0-1-generic usr/lib/modules/5.4.0-1-generic/extra',
      );
      assert.equal(status, 0);
      for (const path of ['kernel/veth.ko', 'extra/kernel/veth.ko']) {
        assert.ok(existsSync(join(root, 'run/homepbp/modules/5.4.0-1-generic', path)), path);
      }
      assert.ok(!existsSync(join(root, 'run/homepbp/modules/unpacked')));
    });
    test('modules of another kernel only are refused, naming both versions', (t) => {
      const { status, console } = modules(t, 'lib/modules/5.15.0-9-generic');
      assert.equal(status, 1);
      assert.match(console, /CANNOT CONTINUE: no modules for this kernel, 5\.4\.0-1-generic/);
      assert.match(console, /has modules for: 5\.15\.0-9-generic/);
      assert.doesNotMatch(console, /INSTALLED/);
    });
    test('STATE keeps the tree: unpacked once, again for other packages or after a power cut', (t) => {
      const root = makeRoot(t, { 'run/homepbp/state/x': '' });
      const boot = (sha: string, more = '') => {
        const script = `REBOOT_DELAY=0 DISK_STATE=mounted
          echo "${sha} 9 debs/a.deb" >"$FETCH_LIST"; echo "${sha} 9 debs/grub-common_1.deb" >>"$FETCH_LIST"
          uname() { echo 6.1-x; }
          mount() { :; }; umount() { :; }; sync() { :; }
          take_listed() { echo "taken $1"; }
          in_root() { case "$1" in dpkg-deb) mkdir -p "$ROOT$4/lib/modules/6.1-x/kernel" ;; depmod) echo "depmod" ;; esac; }
          ${more}
          install_modules`;
        return runParts(shell, root, script).console;
      };
      assert.match(boot(SHA), /taken debs\/a\.deb\n(.*\n)*depmod/);
      assert.ok(existsSync(join(root, 'run/homepbp/state/modules/6.1-x/kernel')));
      const second = boot(SHA);
      assert.match(second, /using the modules for kernel 6\.1-x on the disk/);
      assert.doesNotMatch(second, /taken|depmod/);
      const other = 'ef'.repeat(32);
      assert.match(boot(other, 'sync() { exit 9; }'), /taken/);
      assert.match(boot(other), /taken debs\/a\.deb/, 'the stamp was not written yet');
      assert.doesNotMatch(boot(other), /taken/);
    });
    test('a list without modules is a warning', (t) => {
      const root = makeRoot(t, { 'run/homepbp/fetch.list': `${SHA} 9 rootfs.squashfs\n` });
      const { status, console } = runParts(shell, root, 'install_modules');
      assert.equal(status, 0);
      assert.match(console, /WARNING: no modules for kernel \S+; k3s will not run here/);
    });
  });
}
