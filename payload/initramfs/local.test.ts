// A start from the disk: its slot, and the network card that its seed is for.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP, STEPS } from '../run-parts.trial.ts';

const SEED = 'version: 2\nethernets:\n  boot:\n    match:\n      macaddress: "52:54:00:00:00:01"\n';

/** A machine with cards (name → address and whether its cable leads to something). */
function settle(
  t: TestContext,
  shell: readonly string[],
  cards: Record<string, [string, boolean]>,
) {
  const files = Object.entries(cards).flatMap(([name, [address, carrier]]) => [
    [`sys/class/net/${name}/address`, `${address}\n`],
    [`sys/class/net/${name}/carrier`, carrier ? '1\n' : '0\n'],
    [`sys/class/net/${name}/device/x`, ''],
  ]);
  const root = makeRoot(t, {
    'run/homepbp/seed/network-config': SEED,
    'sys/class/net/br0/address': '52:54:00:00:00:09\n',
    'sys/class/net/br0/carrier': '1\n',
    ...Object.fromEntries(files),
  });
  const script = `
    BOOT_MAC=52:54:00:00:00:01
    ip() { echo "ip $*" >>"$ROOT/calls"; }
    settle_nic; match_seed_to_nic; echo "BOOT_MAC=$BOOT_MAC"`;
  const { console } = runParts(shell, root, script);
  const calls = existsSync(join(root, 'calls')) ? readFileSync(join(root, 'calls'), 'utf8') : '';
  return {
    console,
    calls,
    config: readFileSync(join(root, 'run/homepbp/seed/network-config'), 'utf8'),
  };
}

for (const shell of SHELLS) {
  describe(`local boot in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test("the seed's own card: nothing is touched", (t) => {
      const { console, calls, config } = settle(t, shell, { eth0: ['52:54:00:00:00:01', false] });
      assert.equal(config, SEED);
      assert.doesNotMatch(calls, /ip/);
      assert.doesNotMatch(console, /WARNING/);
    });

    test('another card, the only one with a cable, takes its place', (t) => {
      const { console, calls, config } = settle(t, shell, {
        eth0: ['52:54:00:00:00:07', true],
        eth1: ['52:54:00:00:00:08', false],
      });
      assert.equal(config, SEED.replace(':01"', ':07"'));
      assert.match(
        console,
        /no network card 52:54:00:00:00:01; using eth0 \(52:54:00:00:00:07\) instead/,
      );
      assert.match(console, /BOOT_MAC=52:54:00:00:00:07/);
      assert.match(calls, /ip link set dev eth1 down\n$/, 'as the initramfs found them');
    });

    for (const [what, cards] of [
      ['no cable', { eth0: ['52:54:00:00:00:07', false] }],
      ['two cables', { eth0: ['52:54:00:00:00:07', true], eth1: ['52:54:00:00:00:08', true] }],
    ] as const) {
      test(`${what}: nothing is guessed`, (t) => {
        const { console, config } = settle(t, shell, { ...cards } as never);
        assert.equal(config, SEED);
        assert.match(console, /WARNING: no network card has the MAC address 52:54:00:00:00:01/);
        assert.match(console, /the network is not configured/);
      });
    }

    for (const [what, files] of [
      ['is not whole', {}],
      ["has another system's list", { slotCfg: 'x', list: 'x' }],
    ] as const) {
      test(`a slot that ${what} is refused, and the fix is named`, (t) => {
        const { slotCfg, list } = files as { slotCfg?: string; list?: string };
        const root = makeRoot(t, {
          ...(slotCfg === undefined ? {} : { 'run/homepbp/boot/a/slot.cfg': slotCfg }),
          ...(list === undefined ? {} : { 'run/homepbp/boot/a/fetch.list': list }),
          'run/homepbp/boot/a/seed/user-data': 'x',
        });
        const script = `REBOOT_DELAY=0 HOMEPBP_SLOT=a HOMEPBP_OS_SHA256=${'a'.repeat(64)}; use_slot; echo NOT REACHED`;
        const { console } = runParts(shell, root, script);
        assert.match(console, /CANNOT CONTINUE: slot a on the disk cannot be used/);
        assert.match(console, /start Genesis/);
        assert.doesNotMatch(console, /NOT REACHED/);
      });
    }

    test('recovery says so at console and login, and starts nothing', (t) => {
      const root = makeRoot(t, {
        'root/etc/issue': 'Ubuntu\n',
        'root/etc/systemd/system/x': '',
        'root/usr/lib/homepbp/boot/recovery.txt': 'RECOVERY\n',
        'root/etc/machine-id': '',
        'proc/sys/kernel/random/uuid': '01234567-89ab-cdef-0123-456789abcdef\n',
      });
      runParts(shell, root, 'HOMEPBP_MODE=recovery; settle_recovery');
      assert.equal(readFileSync(join(root, 'root/etc/issue'), 'utf8'), 'Ubuntu\nRECOVERY\n');
      assert.equal(readFileSync(join(root, 'root/etc/motd'), 'utf8'), 'RECOVERY\n');
      const machineId = readFileSync(join(root, 'root/etc/machine-id'), 'utf8');
      assert.equal(machineId, '0123456789abcdef0123456789abcdef\n');
      // All that this project starts, but for what tells Genesis that the system is up.
      const units = readdirSync(join(STEPS, '../../systemd')).filter(
        (unit) => unit.endsWith('.service') && !unit.includes('ready'),
      );
      assert.ok(units.length >= 5);
      for (const unit of units) {
        assert.equal(readlinkSync(join(root, 'root/etc/systemd/system', unit)), '/dev/null');
      }
      // Their rules put arrays and volume groups together, and may begin to write.
      for (const rules of [
        '64-md-raid-assembly.rules',
        '63-md-raid-arrays.rules',
        '69-lvm.rules',
        '69-lvm-metad.rules',
        '69-bcache.rules',
        '90-zfs.rules',
      ]) {
        assert.equal(readlinkSync(join(root, 'root/etc/udev/rules.d', rules)), '/dev/null');
      }
      const live = makeRoot(t);
      runParts(shell, live, 'HOMEPBP_MODE=live; settle_recovery');
      assert.ok(!existsSync(join(live, 'root/etc/motd')));
    });
  });
}
