import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

const SHA = 'ab'.repeat(32);
const LINE =
  'BOOT_IMAGE=vmlinuz rdinit=/homepbp/init BOOTIF=01-52-54-00-AB-34-01 homepbp.base=http://192.168.1.5:8080 ' +
  `homepbp.node=52-54-00-ab-34-01 homepbp.os=os/custom-amd64 homepbp.os_sha256=${SHA} homepbp.mode=live homepbp.boot=network homepbp.slot= homepbp.address=192.168.1.9/24,192.168.1.1, console=ttyS0`;
const SHOW = 'read_kernel_line; write_boot_env; cat "$RUN_DIR/boot.env"';

for (const shell of SHELLS) {
  describe(`kernel line in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('its words become the parameters, which boot.env hands on', (t) => {
      const root = makeRoot(t, { 'proc/cmdline': `${LINE}\n` });
      const { status, console } = runParts(shell, root, SHOW);
      assert.equal(status, 0);
      assert.deepEqual(console.trim().split('\n'), [
        'HOMEPBP_BASE=http://192.168.1.5:8080',
        'HOMEPBP_NODE=52-54-00-ab-34-01',
        'HOMEPBP_OS=os/custom-amd64',
        `HOMEPBP_OS_SHA256=${SHA}`,
        'HOMEPBP_MODE=live',
        'HOMEPBP_BOOT_MAC=52:54:00:ab:34:01',
        'HOMEPBP_BOOT=network',
        'HOMEPBP_SLOT=',
      ]);
    });

    test('without BOOTIF the NIC is the one that names the node', (t) => {
      const line = LINE.replace(/BOOTIF=\S+ /, '');
      const { console } = runParts(shell, makeRoot(t, { 'proc/cmdline': `${line}\n` }), SHOW);
      assert.match(console, /^HOMEPBP_BOOT_MAC=52:54:00:ab:34:01$/m);
    });

    test('a BOOTIF with colons is understood', (t) => {
      const line = LINE.replace(/BOOTIF=\S+/, 'BOOTIF=01-0a:0b:0c:0d:0e:0f');
      const { console } = runParts(shell, makeRoot(t, { 'proc/cmdline': `${line}\n` }), SHOW);
      assert.match(console, /^HOMEPBP_BOOT_MAC=0a:0b:0c:0d:0e:0f$/m);
    });

    test('an unknown homepbp word is named and ignored; others are not ours', (t) => {
      const root = makeRoot(t, { 'proc/cmdline': `${LINE} homepbp.colour=* quiet *\n` });
      const { status, console } = runParts(shell, root, SHOW);
      assert.equal(status, 0);
      assert.match(console, /^homepbp: unknown kernel parameter 'homepbp.colour' ignored$/m);
    });

    for (const [word, bad] of [
      ['homepbp.base', 'https://192.168.1.5'],
      ['homepbp.base', 'http://h/$(reboot)'],
      ['homepbp.base', ''],
      ['homepbp.node', '../52-54'],
      ['homepbp.os', 'os/../../secrets'],
      ['homepbp.address', '10.0.0.9'],
      ['homepbp.address', '10.0.0.9/24,$(reboot),'],
      ['homepbp.address', '10.0.0.999/24,,'],
      ['homepbp.address', '10.0.0.9/33,,'],
      ['homepbp.address', '10.0.0.9/24,10.0.0,'],
      ['homepbp.address', '10.0.0.9/24,,9.9.9'],
      ['homepbp.address', '10.0.0.9/24,10.0.0.1,9.9.9.9,8.8.8.8'],
      ['homepbp.os', '/etc'],
      ['homepbp.os_sha256', 'abc'],
      ['homepbp.mode', 'install'],
      ['homepbp.boot', 'usb'],
      ['homepbp.boot', 'disk'],
    ]) {
      test(`${word}=${bad} is refused by name, with a reboot`, (t) => {
        const line = LINE.replace(new RegExp(`${word}=\\S+`), () => `${word}=${bad}`);
        const root = makeRoot(t, { 'proc/cmdline': `${line} homepbp.reboot_delay=3\n` });
        const { status, console } = runParts(shell, root, SHOW);
        assert.equal(status, 1);
        assert.ok(
          console.includes(`homepbp: CANNOT CONTINUE: invalid kernel parameter ${word}='${bad}'`),
          console,
        );
        assert.equal(
          readFileSync(join(root, 'calls'), 'utf8'),
          'sleep 1\nsleep 1\nsleep 1\nreboot -f\n',
        );
      });
    }

    test('reboot_delay only ever shortens the minute', (t) => {
      for (const [word, delay] of [
        ['5', '5'],
        ['0', '0'],
        ['90', '60'],
        ['x', '60'],
        ['', '60'],
        ['999999999999999999999', '60'],
      ]) {
        const script = `parse_kernel_line "homepbp.reboot_delay=${word}"; echo "=$REBOOT_DELAY"`;
        const { console } = runParts(shell, makeRoot(t), script);
        assert.match(console, new RegExp(`^=${delay}$`, 'm'));
      }
    });
  });
}
