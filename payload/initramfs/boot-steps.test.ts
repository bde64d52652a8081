// The other steps of boot=homepbp: console, memory, network, root, modules, seed.
import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.ts';

const SHA = 'cd'.repeat(32);

for (const shell of SHELLS) {
  describe(`steps in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('giving up says what, where and what next, counts down and reboots', (t) => {
      const root = makeRoot(t);
      const { status, console } = runParts(shell, root, 'REBOOT_DELAY=12; give_up A B C; echo NO');
      assert.equal(status, 1);
      assert.deepEqual(console.trim().split('\n'), [
        'homepbp: CANNOT GO ON: A',
        'homepbp:   where: B',
        'homepbp:   next:  C',
        ...[12, 10, 5, 4, 3, 2, 1].map((left) => `homepbp: reboot in ${left} s`),
        'homepbp: rebooting',
      ]);
      assert.equal(
        readFileSync(join(root, 'calls'), 'utf8'),
        `${'sleep 1\n'.repeat(12)}reboot -f\n`,
      );
      assert.equal(readFileSync(join(root, 'proc/sysrq-trigger'), 'utf8'), 'b\n');
    });

    test('a step that ends its shell is told, and does not end the shell that called', (t) => {
      const root = makeRoot(t);
      const script = `. "$SCRIPTS/homepbp"
        load_parts() { REBOOT_DELAY=0; }
        prepare_run() { : "\${NOT_SET_ANYWHERE?}"; }
        mountroot; echo "still here: $?"`;
      const { console } = runParts(shell, root, script);
      assert.match(console, /CANNOT GO ON: the boot script ended early/);
      assert.match(console, /^still here: 1$/m);
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
      assert.match(console, /too little memory: 734 MiB are free, 734 MiB are needed/);
      assert.match(console, /121 MiB of files, 101 MiB of unpacked modules, 512 MiB to run/);
    });
    test('just enough RAM is enough', (t) => {
      const { status, console } = memory(t, 734 * 1024);
      assert.equal(status, 0);
      assert.match(console, /ENOUGH/);
    });

    test('the NIC is found by its address, and no bridge that copies it', (t) => {
      const root = makeRoot(t, {
        'sys/class/net/br0/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno1/address': '52:54:00:12:34:00\n',
        'sys/class/net/eno1/device/vendor': '',
        'sys/class/net/eno2/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno2/device/vendor': '',
      });
      assert.equal(runParts(shell, root, 'wait_for_nic 52:54:00:12:34:01').console, 'eno2');
      const none = runParts(shell, root, 'wait_for_nic 52:54:00:12:34:02; echo "=$?"; list_nics');
      assert.match(none.console, /=1\n eno1=52:54:00:12:34:00 eno2=52:54:00:12:34:01/);
    });

    test('no DHCP answer: both ways are tried, then a message', (t) => {
      const root = makeRoot(t, {
        'sys/class/net/eno2/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno2/device/vendor': '',
      });
      const script = `REBOOT_DELAY=0 BOOT_MAC=52:54:00:12:34:01
        configure_networking() { echo "configure $IP $DEVICE $BOOTIF" >>"$ROOT/dhcp"; . "$ROOT/no-lease.conf"; }
        ipconfig() { echo "ipconfig $*" >>"$ROOT/dhcp"; return 1; }
        ip() { :; }
        start_network; echo NO`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /CANNOT GO ON: no DHCP server answered on eno2 \(52:54:00:12:34:01\)/);
      assert.equal(
        readFileSync(join(root, 'dhcp'), 'utf8'),
        'configure dhcp eno2 01-52-54-00-12-34-01\nipconfig -t 60 -c dhcp -d eno2\n',
      );
    });

    test('name servers come from the lease as text, never as code', (t) => {
      const root = makeRoot(t, {
        'run/net-eno2.conf': `DEVICE='eno2'\nIPV4DNS0='192.168.1.1'\nIPV4DNS1='$(touch $ROOT/owned)'\nIPV4DNS1="0.0.0.0"\n`,
      });
      runParts(shell, root, 'write_resolv_conf "$ROOT/run/net-eno2.conf"');
      assert.equal(readFileSync(join(root, 'etc/resolv.conf'), 'utf8'), 'nameserver 192.168.1.1\n');
      assert.ok(!existsSync(join(root, 'owned')));
    });

    test('nothing of the network stays that would outrank network-config', (t) => {
      const left = [
        'run/net-eno2.conf',
        'run/net6-eno2.conf',
        'run/netplan/eno2.yaml',
        'etc/resolv.conf',
      ];
      const root = makeRoot(t, Object.fromEntries(left.map((path) => [path, 'x'])));
      runParts(shell, root, 'NIC=eno2; ip() { echo "ip $*" >>"$ROOT/calls"; }; stop_network');
      for (const path of left) assert.ok(!existsSync(join(root, path)), path);
      assert.equal(
        readFileSync(join(root, 'calls'), 'utf8'),
        'ip -4 addr flush dev eno2\nip link set dev eno2 down\n',
      );
    });

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
        fetch_listed() { :; }
        chroot() {
          case "$2" in
          dpkg-deb) for dir in ${tree}; do mkdir -p "$ROOT$5/$dir/kernel"; echo x >"$ROOT$5/$dir/kernel/veth.ko"; done ;;
          depmod) echo "depmod $3" >>"$ROOT/calls" ;;
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
          /modules for kernel 5\.4\.0-2-generic are ignored, this one is 5\.4\.0-1-generic/,
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
      assert.match(
        console,
        /CANNOT GO ON: there are no modules for this kernel, 5\.4\.0-1-generic/,
      );
      assert.match(console, /has modules for: 5\.15\.0-9-generic/);
      assert.doesNotMatch(console, /INSTALLED/);
    });
    test('a list without modules is a warning', (t) => {
      const root = makeRoot(t, { 'run/homepbp/fetch.list': `${SHA} 9 rootfs.squashfs\n` });
      const { status, console } = runParts(shell, root, 'install_modules');
      assert.equal(status, 0);
      assert.match(console, /WARNING: no modules for kernel \S+; k3s will not run here/);
    });

    test('the node payload keeps its modes in /usr/lib/homepbp; without one nothing is made', (t) => {
      const root = makeRoot(t, {
        'homepbp/node/units/a.service': '[Unit]\n',
        'homepbp/node/agent': '#',
      });
      chmodSync(join(root, 'homepbp/node/agent'), 0o755);
      assert.equal(runParts(shell, root, 'place_payload').status, 0);
      assert.equal(statSync(join(root, 'root/usr/lib/homepbp/agent')).mode & 0o777, 0o755);
      assert.ok(existsSync(join(root, 'root/usr/lib/homepbp/units/a.service')));
      const bare = makeRoot(t);
      assert.equal(runParts(shell, bare, 'place_payload').status, 0);
      assert.ok(!existsSync(join(bare, 'root/usr')));
    });

    const seed = (t: Parameters<typeof makeRoot>[0], wget: string) => {
      const root = makeRoot(t);
      const script = `REBOOT_DELAY=0 FETCH_TRIES=1 HOMEPBP_BASE=http://g HOMEPBP_NODE=52-54-00-12-34-01
        refuse() { echo "wget: server returned error: HTTP/1.1 $1" >&2; return 1; }
        wget() { case "$4" in ${wget} esac; echo "token: K10secret" >"$3"; }
        fetch_seed; place_seed`;
      return { root, ...runParts(shell, root, script) };
    };
    const target = 'root/var/lib/cloud/seed/nocloud';
    test('the seed is for root alone, and never shown', (t) => {
      const { root, status, console } = seed(t, 'none) ;;');
      assert.equal(status, 0, console);
      for (const name of ['meta-data', 'user-data', 'vendor-data', 'network-config']) {
        assert.equal(statSync(join(root, target, name)).mode & 0o777, 0o600);
      }
      assert.equal(statSync(join(root, target)).mode & 0o777, 0o700);
      assert.ok(!existsSync(join(root, 'run/homepbp/seed')));
      assert.doesNotMatch(console, /secret/);
    });
    test('vendor-data and network-config may be absent', (t) => {
      const { root, status } = seed(
        t,
        '*/vendor-data | */network-config) refuse "404 Not Found"; return 1 ;;',
      );
      assert.equal(status, 0);
      assert.ok(existsSync(join(root, target, 'user-data')));
      assert.ok(!existsSync(join(root, target, 'network-config')));
    });
    for (const [name, answer] of [
      ['user-data', '404 Not Found'],
      ['meta-data', '404 Not Found'],
      ['user-data', '403 asked for by 52-54-00-12-34-99'],
      ['network-config', '500 Oops'],
    ]) {
      test(`${name}: ${answer} ends the boot, with the server's words`, (t) => {
        const { status, console } = seed(t, `*/${name}) refuse "${answer}"; return 1 ;;`);
        assert.equal(status, 1);
        assert.ok(
          console.includes(
            `CANNOT GO ON: this node's ${name} could not be fetched: the server answered: HTTP/1.1 ${answer}`,
          ),
          console,
        );
      });
    }
  });
}
