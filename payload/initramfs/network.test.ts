// The NIC that booted: found, configured, and left without a trace.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.ts';

for (const shell of SHELLS) {
  describe(`network in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('the NIC is found by its address, and no bridge that copies it', (t) => {
      const root = makeRoot(t, {
        'sys/class/net/br0/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno1/address': '52:54:00:12:34:00\n',
        'sys/class/net/eno1/device/vendor': '',
        'sys/class/net/eno2/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno2/device/vendor': '',
      });
      assert.equal(runParts(shell, root, 'wait_for_nic 52:54:00:12:34:01 60').console, 'eno2');
      const none = runParts(
        shell,
        root,
        'wait_for_nic 52:54:00:12:34:02 60; echo "=$?"; list_nics',
      );
      assert.match(none.console, /=1\n eno1=52:54:00:12:34:00 eno2=52:54:00:12:34:01/);
    });

    test('no DHCP answer: both ways are tried, then a message', (t) => {
      const root = makeRoot(t, {
        'sys/class/net/eno2/address': '52:54:00:12:34:01\n',
        'sys/class/net/eno2/device/vendor': '',
        'sys/class/net/eno2/carrier': '1\n',
      });
      const script = `REBOOT_DELAY=0 BOOT_MAC=52:54:00:12:34:01
        configure_networking() { echo "configure $IP $DEVICE $BOOTIF" >>"$ROOT/dhcp"; . "$ROOT/no-lease.conf"; }
        ipconfig() { echo "ipconfig $*" >>"$ROOT/dhcp"; return 1; }
        ip() { :; }
        start_network; echo NO`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(
        console,
        /CANNOT GO ON: no DHCP server answered on eno2 \(52:54:00:12:34:01\), whose link is up\n/,
      );
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
  });
}
