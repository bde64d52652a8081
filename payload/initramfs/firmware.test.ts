// Firmware for devices: on the disk or nowhere, unpacked once, and never what ends a boot.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.ts';

const PARAMETER = 'sys/module/firmware_class/parameters/path';
const TREE = 'run/homepbp/state/firmware/tree';
const line = (text: string, path: string) =>
  `${createHash('sha256').update(text).digest('hex')} ${text.length} ${path}\n`;

/** The network has packages whose text says where they unpack to. */
const PACKAGES = { 'a.deb': 'lib/firmware/a.bin', 'b.deb': 'lib/firmware/b/b.bin' };
const LIST = Object.entries(PACKAGES)
  .map(([name, text]) => line(text, `firmware/${name}`))
  .join('');

for (const shell of SHELLS) {
  describe(`firmware in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const makeNode = (t: Parameters<typeof makeRoot>[0], list = LIST, more = {}) => {
      const served = Object.entries(PACKAGES).map(([name, text]) => [`served/${name}`, text]);
      return makeRoot(t, {
        'run/homepbp/state/x': '',
        'run/homepbp/fetch.list': list,
        [PARAMETER]: '',
        ...Object.fromEntries(served),
        ...more,
      });
    };
    const boot = (root: string, more = '') =>
      runParts(
        shell,
        root,
        `HOMEPBP_BASE=http://g HOMEPBP_OS=os/x FETCH_TRIES=1 HOMEPBP_BOOT=net DISK_STATE=mounted
        mount() { :; }; umount() { :; }; sync() { :; }
        wget() { echo "asked $4"; cp "$ROOT/served/\${4##*/}" "$3" 2>/dev/null; }
        chroot() {
          case "$2" in
          df) echo head; echo "/dev/vda4 9 9 9999999 1% /" ;;
          dpkg-deb) read -r place <"$ROOT$4"; mkdir -p "$ROOT$5/\${place%/*}"; echo x >"$ROOT$5/$place" ;;
          esac
        }
        ${more}
        install_firmware; echo WENT ON`,
      );
    const told = (root: string) => readFileSync(join(root, PARAMETER), 'utf8');

    test('a node with a disk has it there, and the kernel is told where', (t) => {
      const root = makeNode(t);
      const { status, console } = boot(root);
      assert.equal(status, 0, console);
      assert.match(console, /WENT ON/);
      for (const name of ['a.bin', 'b/b.bin']) assert.ok(existsSync(join(root, TREE, name)), name);
      assert.equal(told(root), `/${TREE}`);
      assert.ok(!existsSync(join(root, 'run/homepbp/state/firmware/unpacked')));
      assert.doesNotMatch(boot(root).console, /asked/, 'the second boot has it');
    });

    test('a node without a disk does not load it', (t) => {
      const root = makeNode(t);
      for (const state of ['none', 'refused']) {
        const { console } = boot(root, `DISK_STATE=${state}`);
        assert.doesNotMatch(console, /asked|firmware/);
        assert.match(console, /WENT ON/);
      }
      assert.equal(told(root), '');
    });

    test('other packages replace it, once they are whole', (t) => {
      const root = makeNode(t);
      boot(root);
      const text = 'lib/firmware/c.bin';
      const files = {
        'served/c.deb': text,
        'run/homepbp/fetch.list': line(text, 'firmware/c.deb'),
      };
      const write = (path: string, content: string) => `printf %s '${content}' >"$ROOT/${path}"\n`;
      const change = Object.entries(files).map(([path, content]) => write(path, content));
      const cut = boot(
        root,
        `${change.join('')} unpack() { echo no >"$RUN_DIR/unpack.log"; return 1; }`,
      );
      assert.match(cut.console, /WARNING: the firmware .*c\.deb could not be unpacked: no/);
      assert.match(cut.console, /WENT ON/);
      assert.ok(existsSync(join(root, TREE, 'a.bin')), 'what was there stays in use');
      boot(root, change.join(''));
      assert.ok(existsSync(join(root, TREE, 'c.bin')));
      assert.ok(!existsSync(join(root, TREE, 'a.bin')));
    });

    test('a power cut before the stamp: unpacked again', (t) => {
      const root = makeNode(t);
      boot(root, 'firmware_stamp() { exit 9; }');
      assert.match(boot(root).console, /asked .*a\.deb/);
      assert.doesNotMatch(boot(root).console, /asked/);
    });

    test('nothing is had from the network, or too little room: said, and the boot goes on', (t) => {
      for (const [fault, says] of [
        [
          'wget() { return 1; }',
          /firmware\/a\.deb: .*\n.*WARNING: the firmware for devices is not renewed: the server/,
        ],
        [
          'free_kibibytes() { printf 9999; }',
          /not renewed: STATE has 9 MiB free, 1024 MiB are needed/,
        ],
      ] as const) {
        const root = makeNode(t);
        const { console, status } = boot(root, fault);
        assert.equal(status, 0);
        assert.match(console, says);
        assert.match(console, /WARNING: no firmware on this disk/);
        assert.match(console, /WENT ON/);
        assert.equal(told(root), '');
      }
    });

    test('a start from the disk asks nobody', (t) => {
      const root = makeNode(t);
      const { console } = boot(root, 'HOMEPBP_BOOT=disk');
      assert.match(console, /WARNING: no firmware on this disk/);
      assert.doesNotMatch(console, /asked/);
      boot(root);
      assert.doesNotMatch(boot(root, 'HOMEPBP_BOOT=disk').console, /WARNING|asked/);
      assert.equal(told(root), `/${TREE}`);
    });
  });
}
