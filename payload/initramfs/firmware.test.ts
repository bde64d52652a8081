// Firmware for devices: on the disk or nowhere, unpacked once, and never what ends a boot.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';

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
        in_root() {
          case "$1" in
          df) echo head; echo "/dev/vda4 9 9 9999999 1% /" ;;
          dpkg-deb) read -r place <"$ROOT$3"; mkdir -p "$ROOT$4/\${place%/*}"; echo x >"$ROOT$4/$place" ;;
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
      assert.match(
        cut.console,
        /WARNING: could not update the device firmware: .*c\.deb could not be unpacked: no/,
      );
      assert.match(cut.console, /WENT ON/);
      assert.ok(existsSync(join(root, TREE, 'a.bin')), 'what was there stays in use');
      boot(root, change.join(''));
      assert.ok(existsSync(join(root, TREE, 'c.bin')));
      assert.ok(!existsSync(join(root, TREE, 'a.bin')));
    });

    test('packages of before and after /usr was merged make one tree', (t) => {
      for (const places of [
        ['usr/lib/firmware/a.bin', 'usr/lib/firmware/b/b.bin'],
        ['lib/firmware/a.bin', 'usr/lib/firmware/b/b.bin'],
        ['usr/lib/firmware/a.bin', 'lib/firmware/b/b.bin'],
      ] as const) {
        const list = line(places[0], 'firmware/a.deb') + line(places[1], 'firmware/b.deb');
        const more = { 'served/a.deb': places[0], 'served/b.deb': places[1] };
        const root = makeNode(t, list, more);
        const { console } = boot(root);
        for (const name of ['a.bin', 'b/b.bin']) {
          assert.ok(existsSync(join(root, TREE, name)), `${places}: ${name}\n${console}`);
        }
        assert.equal(told(root), `/${TREE}`);
      }
    });

    test('packages without firmware are told, and what was there stays', (t) => {
      const root = makeNode(t);
      boot(root);
      const text = 'usr/share/doc/x';
      writeFileSync(join(root, 'served/a.deb'), text);
      writeFileSync(join(root, 'run/homepbp/fetch.list'), line(text, 'firmware/a.deb'));
      assert.match(boot(root).console, /could not update .*: its packages have no lib\/firmware/);
      assert.ok(existsSync(join(root, TREE, 'b/b.bin')));
      assert.equal(told(root), `/${TREE}`);
    });

    test('a power cut while it is exchanged: the old or the new one is there, also without Genesis', (t) => {
      const text = 'lib/firmware/c.bin';
      let cuts = 0;
      for (let step = 1; ; step += 1) {
        const root = makeNode(t);
        boot(root);
        writeFileSync(join(root, 'served/c.deb'), text);
        writeFileSync(join(root, 'run/homepbp/fetch.list'), line(text, 'firmware/c.deb'));
        boot(
          root,
          `count=0
          step() { count=$((count + 1)); [ "$count" -lt ${step} ] || { : >"$ROOT/cut"; exit 9; }; }
          mv() { command mv "$@"; step; }; rm() { command rm "$@"; step; }`,
        );
        writeFileSync(join(root, PARAMETER), '');
        const { console } = boot(root, 'HOMEPBP_BOOT=disk');
        assert.equal(told(root), `/${TREE}`, `step ${step}: ${console}`);
        const [before, after] = ['a.bin', 'c.bin'].map((name) =>
          existsSync(join(root, TREE, name)),
        );
        assert.notEqual(before, after, `step ${step}`);
        assert.doesNotMatch(boot(root).console, /WARNING/);
        assert.ok(existsSync(join(root, TREE, 'c.bin')), `step ${step}`);
        if (!existsSync(join(root, 'cut'))) break;
        cuts += 1;
      }
      assert.ok(cuts >= 5, `only ${cuts} steps were cut`);
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
          /firmware\/a\.deb: .*\n.*WARNING: could not update the device firmware: firmware\/a\.deb could not be fetched: the server/,
        ],
        [
          'free_kibibytes() { printf 9999; }',
          /could not update .*: STATE has 9 MiB free, but 1024 MiB are needed/,
        ],
      ] as const) {
        const root = makeNode(t);
        const { console, status } = boot(root, fault);
        assert.equal(status, 0);
        assert.match(console, says);
        assert.match(console, /WARNING: no device firmware on this disk/);
        assert.match(console, /WENT ON/);
        assert.equal(told(root), '');
      }
    });

    test('a start from the disk asks nobody', (t) => {
      const root = makeNode(t);
      const { console } = boot(root, 'HOMEPBP_BOOT=disk');
      assert.match(console, /WARNING: no device firmware on this disk/);
      assert.doesNotMatch(console, /asked/);
      boot(root);
      assert.doesNotMatch(boot(root, 'HOMEPBP_BOOT=disk').console, /WARNING|asked/);
      assert.equal(told(root), `/${TREE}`);
    });
  });
}
