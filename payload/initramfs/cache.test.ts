// The slots of the disk: filled, changed, chosen.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.trial.ts';
import {
  asked,
  cache,
  listOf,
  makeDisk,
  NEW,
  OLD,
  pointer,
  slotFiles,
  slotsOf,
} from './slots.trial.ts';

for (const shell of SHELLS) {
  describe(`cache in ${shell.join(' ')}`, { skip: SKIP }, () => {
    test('an empty disk gets all files, the seed, what GRUB needs, and the pointer', (t) => {
      const root = makeDisk(t, NEW);
      const { status, console } = cache(shell, root);
      assert.equal(status, 0, console);
      const { a, ...others } = slotsOf(root);
      assert.deepEqual(others, {});
      const config = a?.['slot.cfg'] ?? '';
      assert.match(
        config,
        /^set homepbp_words='rdinit=\/homepbp\/init homepbp\.base=http:\/\/g it'\\''s console=ttyS1,57600n8'$/m,
      );
      assert.match(config, /^set homepbp_serial='--unit=1 --speed=57600'$/m);
      assert.deepEqual(
        { ...a, 'slot.cfg': '' },
        { ...NEW, 'fetch.list': listOf(NEW), 'seed/user-data': 'token: x\n', 'slot.cfg': '' },
      );
      assert.equal(statSync(join(root, 'run/homepbp/boot/a/seed')).mode & 0o777, 0o700);
      assert.equal(pointer(root), 'set homepbp_current=a\n');
      assert.ok(!asked(root).some((url) => url.endsWith('rootfs.squashfs')), 'that is in RAM');
      assert.ok(asked(root).includes('http://g/os/x/homepbp.cpio'));
    });

    test('an update goes to the other slot; what did not change is a hard link', (t) => {
      const root = makeDisk(t, NEW, {
        ...slotFiles('a', OLD, { proven: '' }),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
      });
      const { console } = cache(shell, root);
      const slots = slotsOf(root);
      assert.deepEqual(Object.keys(slots), ['a', 'b'], console);
      assert.equal(slots.a?.['rootfs.squashfs'], 'root 1');
      assert.equal(slots.b?.['rootfs.squashfs'], 'root 2');
      assert.equal(pointer(root), 'set homepbp_current=b\n');
      assert.deepEqual(asked(root), ['http://g/os/x/debs/linux-modules_1.deb']);
      const inode = (slot: string) => statSync(join(root, 'run/homepbp/boot', slot, 'vmlinuz')).ino;
      assert.equal(inode('a'), inode('b'));
    });

    test('a damaged file is not linked but fetched', (t) => {
      const root = makeDisk(
        t,
        NEW,
        slotFiles('a', { ...OLD, vmlinuz: 'kernel x' }, { proven: '' }),
      );
      cache(shell, root);
      assert.equal(slotsOf(root).b?.vmlinuz, 'kernel 1');
      assert.ok(asked(root).includes('http://g/os/x/vmlinuz'));
    });

    test('the only slot that ever came up stays, whatever the pointer says', (t) => {
      const root = makeDisk(t, NEW, {
        ...slotFiles('a', OLD, { proven: '' }),
        ...slotFiles('b', { ...OLD, 'rootfs.squashfs': 'root x' }),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=b\n',
      });
      const { console } = cache(
        shell,
        root,
        'cache_file() { pointer="$(current_slot)"; echo "filling while $pointer" ; cp "$ROOT/served/$1" "$2/$1" 2>/dev/null || { mkdir -p "$2/debs" && cp "$ROOT/served/$1" "$2/$1"; }; }',
      );
      assert.match(console, /filling while a/);
      assert.equal(slotsOf(root).a?.['rootfs.squashfs'], 'root 1');
      assert.equal(slotsOf(root).b?.['rootfs.squashfs'], 'root 2');
    });

    test('the same system again: nothing is fetched, a new seed and kernel line are taken over', (t) => {
      const root = makeDisk(t, NEW, {
        ...slotFiles('b', NEW, { 'seed/user-data': 'token: old\n', proven: '' }),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=b\n',
      });
      const { console } = cache(shell, root);
      assert.match(console, /slot b on the disk is up to date/);
      assert.deepEqual(asked(root), []);
      const { b, ...others } = slotsOf(root);
      assert.deepEqual(others, {});
      assert.equal(b?.['seed/user-data'], 'token: x\n');
      assert.match(b?.['slot.cfg'] ?? '', /homepbp_words='rdinit=\/homepbp\/init/);
      assert.equal(b?.proven, '');
    });

    for (const [path, hasOther] of [
      ['rootfs.squashfs', true],
      ['rootfs.squashfs', false],
      ['vmlinuz', true],
      ['initrd', true],
      ['homepbp.cpio', false],
    ] as const) {
      test(`a slot whose ${path} is damaged is rewritten${hasOther ? ', the other one stays' : ''}`, (t) => {
        const text = NEW[path];
        const root = makeDisk(t, NEW, {
          ...slotFiles('a', NEW, { [path]: text.replace(/.$/, 'x'), proven: '' }),
          ...(hasOther ? slotFiles('b', OLD, { proven: '' }) : {}),
          'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
        });
        const before = slotsOf(root).b;
        const { status, console } = cache(
          shell,
          root,
          `use_cached_image
          remove() { echo "removing while $(current_slot) is the current one"; command rm "$@"; }
          rm() { case "$*" in *a.old) remove "$@" ;; *) command rm "$@" ;; esac; }`,
        );
        assert.equal(status, 0, console);
        const { a, b } = slotsOf(root);
        assert.deepEqual(
          { ...a, 'slot.cfg': '' },
          { ...NEW, 'fetch.list': listOf(NEW), 'seed/user-data': 'token: x\n', 'slot.cfg': '' },
          'whole, and not yet proven',
        );
        assert.deepEqual(b, before);
        assert.match(console, new RegExp(`removing while ${hasOther ? 'b' : 'a'} is the current`));
        assert.equal(pointer(root), 'set homepbp_current=a\n');
        assert.ok(existsSync(join(root, 'run/homepbp/boot/a/slot.cfg')));
      });
    }

    test('two damaged slots: the one in use stays until the other is whole', (t) => {
      const damaged = { 'rootfs.squashfs': 'root x', proven: '' };
      const root = makeDisk(t, NEW, {
        ...slotFiles('a', NEW, damaged),
        ...slotFiles('b', NEW, damaged),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
      });
      cache(shell, root, 'use_cached_image');
      assert.equal(slotsOf(root).b?.['rootfs.squashfs'], 'root 2');
      assert.equal(slotsOf(root).b?.proven, undefined);
      assert.equal(pointer(root), 'set homepbp_current=b\n');
    });

    for (const [what, more] of [
      ['a file is unavailable', 'wget() { return 1; }'],
      ['the disk is full', 'cp() { case "$*" in *boot/*) return 1 ;; esac; command cp "$@"; }'],
      [
        'the disk takes only the beginning of the list',
        'cp() { case "$2" in */b.new/fetch.list) head -c 70 "$1" >"$2"; return 1 ;; esac; command cp "$@"; }',
      ],
    ] as const) {
      test(`${what}: the boot goes on, the slot in use stays, nothing half is left`, (t) => {
        const root = makeDisk(t, NEW, {
          ...slotFiles('a', OLD, { proven: '' }),
          'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
        });
        const before = slotsOf(root);
        const { status, console } = cache(shell, root, more);
        assert.equal(status, 0, console);
        assert.match(console, /WARNING: could not save this system to slot b/);
        assert.deepEqual(slotsOf(root), before);
        assert.equal(pointer(root), 'set homepbp_current=a\n');
      });
    }

    test('GRUB reads no journal: a slot is brought home before a pointer leads to it', (t) => {
      const root = makeDisk(t, NEW);
      cache(shell, root, 'mv() { echo "mv $*" >>"$ROOT/calls"; command mv "$@"; }');
      const boot = join(root, 'run/homepbp/boot');
      const calls = readFileSync(join(root, 'calls'), 'utf8').replaceAll(boot, '');
      const home = ['ro', 'rw'].map((mode) => `mount -o remount,${mode} /dev/vda3 \n`).join('');
      assert.ok(
        calls.includes(`mv /a.new /a\n${home}mv -f /current.cfg.new /current.cfg\n`),
        calls,
      );
    });

    test('unknown serial ports and foreign consoles are no menu for GRUB', (t) => {
      const root = makeRoot(t, { 'proc/cmdline': 'console=tty0 console=ttyAMA0\n' });
      assert.equal(
        runParts(
          shell,
          root,
          'serial_words "console=tty0 console=ttyAMA0"; serial_words "console=ttyS0"',
        ).console,
        '--unit=0 --speed=115200',
      );
    });
  });
}
