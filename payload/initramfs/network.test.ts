// The NIC that booted: found, configured, and left without a trace.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

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

    const CARD = {
      'sys/class/net/eno2/address': '52:54:00:12:34:01\n',
      'sys/class/net/eno2/device/vendor': '',
      'sys/class/net/eno2/carrier': '1\n',
    };

    test('no DHCP answer: rounds that are said, then a message', (t) => {
      const root = makeRoot(t, CARD);
      const script = `REBOOT_DELAY=0 BOOT_MAC=52:54:00:12:34:01
        udhcpc() { echo "udhcpc $*" >>"$ROOT/dhcp"; return 1; }
        ip() { :; }
        start_network; echo NO`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /no answer yet on eno2 \(link up\); 90 s left/);
      assert.match(
        console,
        /CANNOT CONTINUE: no DHCP server answered on eno2 \(52:54:00:12:34:01, link up\)\n/,
      );
      const asked = readFileSync(join(root, 'dhcp'), 'utf8').trim().split('\n');
      assert.equal(asked.length, 4);
      assert.match(asked[0] ?? '', /^udhcpc -i eno2 -f -n -q -t 10 -T 3 .*\/homepbp\/dhcp$/);
    });

    test("a boot stick's address is taken, and DHCP is not asked", (t) => {
      const root = makeRoot(t, CARD);
      const script = `BOOT_MAC=52:54:00:12:34:01 HOMEPBP_ADDRESS=192.168.1.50/24,192.168.1.1,9.9.9.9
        udhcpc() { echo asked >>"$ROOT/calls"; }
        ip() { echo "ip $*" >>"$ROOT/calls"; }
        start_network`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 0);
      assert.match(console, /using the boot stick's address 192\.168\.1\.50\/24 on eno2/);
      assert.deepEqual(readFileSync(join(root, 'calls'), 'utf8').trim().split('\n'), [
        'ip link set dev eno2 up',
        'ip -4 addr flush dev eno2',
        'ip addr add 192.168.1.50/24 dev eno2',
        'ip route add 0.0.0.0/0 via 192.168.1.1 dev eno2',
      ]);
      assert.equal(readFileSync(join(root, 'etc/resolv.conf'), 'utf8'), 'nameserver 9.9.9.9\n');
    });

    test('an address without gateway and name server, and no cable', (t) => {
      const root = makeRoot(t, { ...CARD, 'sys/class/net/eno2/carrier': '0\n' });
      const script = `REBOOT_DELAY=0 LINK_WAIT=2 BOOT_MAC=52:54:00:12:34:01 HOMEPBP_ADDRESS=192.168.1.50/24,,
        sleep() { echo "sleep $*" >>"$ROOT/calls"; }
        ip() { echo "ip $*" >>"$ROOT/calls"; }
        start_network; echo NO`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(console, /CANNOT CONTINUE: no link on eno2/);
      assert.doesNotMatch(readFileSync(join(root, 'calls'), 'utf8'), /route/);
    });

    test('a card that udev renames while it appears is asked for by its new name', (t) => {
      const root = makeRoot(t, CARD);
      const script = `REBOOT_DELAY=0 BOOT_MAC=52:54:00:12:34:01
        settle_devices() { mv "$ROOT/sys/class/net/eno2" "$ROOT/sys/class/net/lan0"; }
        udhcpc() { echo "$2" >>"$ROOT/dhcp"; }
        ip() { echo "    inet 192.168.1.7/24 scope global"; }
        start_network`;
      const { console } = runParts(shell, root, script);
      assert.equal(readFileSync(join(root, 'dhcp'), 'utf8'), 'lan0\n');
      assert.match(console, /network: lan0 has 192\.168\.1\.7\/24/);
    });

    test("a dock's card takes the place of the address that only the firmware knows", (t) => {
      const config = 'macaddress: "52:54:00:00:00:0a"\n';
      const root = makeRoot(t, { ...CARD, 'run/homepbp/seed/network-config': config });
      const script = `BOOT_MAC=52:54:00:00:00:0a
        udhcpc() { :; }
        ip() { case "$*" in *addr*) echo "    inet 192.168.1.7/24 scope global" ;; esac; }
        start_network; match_seed_to_nic; cat "$SEED_DIR/network-config"`;
      const { console } = runParts(shell, root, script);
      assert.match(
        console,
        /no network card 52:54:00:00:00:0a; using eno2 \(52:54:00:12:34:01\) instead/,
      );
      assert.match(console, /add 52:54:00:12:34:01 to .*; until then Genesis may refuse/);
      assert.match(console, /^macaddress: "52:54:00:12:34:01"$/m);
    });

    test('two cards with a cable and neither with the address: which one is for the user to say', (t) => {
      const root = makeRoot(t, {
        ...CARD,
        'sys/class/net/usb0/address': '52:54:00:12:34:02\n',
        'sys/class/net/usb0/device/vendor': '',
        'sys/class/net/usb0/carrier': '1\n',
      });
      const script = `REBOOT_DELAY=0 NIC_WAIT=0 BOOT_MAC=52:54:00:00:00:0a
        ip() { :; }
        start_network; echo NO`;
      const { status, console } = runParts(shell, root, script);
      assert.equal(status, 1);
      assert.match(
        console,
        /no network card has the MAC address \S+, and more than one has a link:.* eno2 usb0/,
      );
      assert.match(console, /CANNOT CONTINUE: no network card with MAC address 52:54:00:00:00:0a/);
      assert.match(console, /eno2=52:54:00:12:34:01 usb0=52:54:00:12:34:02/);
      assert.match(console, /connect the cable of that one only/);
    });

    for (const [what, answer, node] of [
      ['its own folder where nodes.yaml lists it', 'echo ok >"$3"', '52-54-00-12-34-01'],
      ["the firmware's elsewhere", 'return 1', '52-54-00-00-00-0a'],
      ["the firmware's where any name gives a page", 'echo "<html>" >"$3"', '52-54-00-00-00-0a'],
    ] as const) {
      test(`a card that takes a place asks for ${what}`, (t) => {
        const script = `HOMEPBP_BASE=http://g HOMEPBP_NODE=52-54-00-00-00-0a
          BOOT_MAC=52:54:00:12:34:01 REPLACED_MAC=52:54:00:00:00:0a
          wget() { echo "$4" >>"$ROOT/asked"; ${answer}; }
          choose_node_folder; echo "node=$HOMEPBP_NODE"`;
        const root = makeRoot(t);
        assert.match(runParts(shell, root, script).console, new RegExp(`^node=${node}$`, 'm'));
        const asked = readFileSync(join(root, 'asked'), 'utf8');
        assert.equal(asked, 'http://g/nodes/52-54-00-12-34-01/meta-data\n');
      });
    }

    const lease = (t: TestContext, answer: string, files = {}) => {
      const root = makeRoot(t, files);
      const script = `interface=eno2 ip=192.168.1.50 mask=24; ${answer}
        ip() { echo "ip $*" >>"$ROOT/calls"; case "$*" in *"$UNREACHABLE"*) return 2 ;; esac; }
        UNREACHABLE=\${UNREACHABLE:-nothing}; take_lease bound`;
      const { console } = runParts(shell, root, script);
      const read = (path: string) =>
        existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '';
      return { root, console, calls: read('calls'), resolv: read('etc/resolv.conf') };
    };

    test('a lease goes onto the card: address, gateway, servers, domains', (t) => {
      const { calls, resolv, console } = lease(
        t,
        "router='192.168.1.1 192.168.1.2' dns='192.168.1.1 9.9.9.9' domain=lan",
      );
      assert.equal(
        calls,
        [
          'ip -4 addr flush dev eno2',
          'ip addr add 192.168.1.50/24 dev eno2',
          'ip route add 0.0.0.0/0 via 192.168.1.1 dev eno2',
          '',
        ].join('\n'),
        console,
      );
      assert.equal(resolv, 'nameserver 192.168.1.1\nnameserver 9.9.9.9\nsearch lan\n');
    });

    test('routes of the server count alone, and search domains before the domain', (t) => {
      const { calls, resolv } = lease(
        t,
        "router=192.168.1.1 staticroutes='10.0.0.0/8 192.168.1.9 172.16.0.0/12 0.0.0.0' dns=9.9.9.9 domain=lan search='a.lan b.lan'",
      );
      assert.doesNotMatch(calls, /192\.168\.1\.1 /);
      assert.match(calls, /^ip route add 10\.0\.0\.0\/8 via 192\.168\.1\.9 dev eno2$/m);
      assert.match(calls, /^ip route add 172\.16\.0\.0\/12 dev eno2$/m);
      assert.match(resolv, /^search a\.lan b\.lan$/m);
    });

    test("a gateway outside of the card's network is on its link", (t) => {
      const { calls } = lease(t, "router=10.9.9.9; UNREACHABLE='via 10.9.9.9'");
      assert.match(calls, /^ip route add 10\.9\.9\.9 dev eno2$/m);
    });

    test('what is not an address or domain is left out, and a good file stays', (t) => {
      const hostile = `dns='$(touch $ROOT/owned) 0.0.0.0' domain='a;b'`;
      const good = { 'etc/resolv.conf': 'nameserver 1.1.1.1\n' };
      const { root, resolv } = lease(t, hostile, good);
      assert.equal(resolv, 'nameserver 1.1.1.1\n');
      assert.ok(!existsSync(join(root, 'owned')));
      assert.equal(lease(t, `dns='9.9.9.9' domain='a;b'`).resolv, 'nameserver 9.9.9.9\n');
    });

    test('nothing of the network stays', (t) => {
      const root = makeRoot(t, { 'etc/resolv.conf': 'x' });
      runParts(shell, root, 'NIC=eno2; ip() { echo "ip $*" >>"$ROOT/calls"; }; stop_network');
      assert.ok(!existsSync(join(root, 'etc/resolv.conf')));
      assert.equal(
        readFileSync(join(root, 'calls'), 'utf8'),
        'ip -4 addr flush dev eno2\nip link set dev eno2 down\n',
      );
    });
  });
}
