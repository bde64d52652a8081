// The slots of the disk: filled, changed, chosen; whatever is cut off, one stays whole.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { makeRoot, runParts, SHELLS, SKIP } from '../run-parts.ts';

const hash = (text: string) => createHash('sha256').update(text).digest('hex');
const OLD = {
  vmlinuz: 'kernel 1',
  initrd: 'initrd 1',
  'homepbp.cpio.gz': 'layer 1',
  'rootfs.squashfs': 'root 1',
};
const NEW = { ...OLD, 'rootfs.squashfs': 'root 2', 'debs/linux-modules_1.deb': 'modules' };
const LINE =
  "vmlinuz initrd=initrd boot=homepbp BOOTIF=01-52-54-00-00-00-01 homepbp.base=http://g it's console=ttyS1,57600n8";

const listOf = (files: Readonly<Record<string, string>>) =>
  Object.entries(files)
    .map(([path, text]) => `${hash(text)} ${Buffer.byteLength(text)} ${path}\n`)
    .join('');

/** A disk with the given files, BOOT mounted, and a network that serves `system`. */
function makeDisk(t: TestContext, system: Readonly<Record<string, string>>, files = {}): string {
  const served = Object.entries(system).map(([path, text]) => {
    return [`served/${path === 'homepbp.cpio.gz' ? '../' : ''}${path}`, text];
  });
  return makeRoot(t, {
    'proc/cmdline': `${LINE}\n`,
    'run/homepbp/seed/user-data': 'token: x\n',
    'run/homepbp/boot/lost+found/x': '',
    'homepbp/node/grub/grubenv': '#',
    'run/homepbp/image/rootfs.squashfs': system['rootfs.squashfs'] ?? '',
    'run/homepbp/fetch.list': listOf(system),
    ...Object.fromEntries(served),
    ...files,
  });
}

/** Runs the two halves of the cache as a boot over the network does. */
function cache(shell: readonly string[], root: string, more = '') {
  const script = `
    echo "/dev/vda3 $BOOT_DIR ext4 rw 0 0" >"$ROOT/proc/mounts"
    HOMEPBP_BASE=http://g HOMEPBP_OS=os/x FETCH_TRIES=1
    HOMEPBP_OS_SHA256="$(sha256sum <"$FETCH_LIST")" HOMEPBP_OS_SHA256="\${HOMEPBP_OS_SHA256%% *}"
    mount() { echo "mount $*" >>"$ROOT/calls"; }
    sync() { :; }
    wget() { echo "$4" >>"$ROOT/asked"; cp "$ROOT/served/\${4#http://g/os/x/}" "$3" 2>/dev/null || cp "$ROOT/\${4##*/}" "$3"; }
    mount_image() { :; }; forget_image() { :; }; modprobe() { :; }
    ${more}
    cache_files; echo "SLOT=$SLOT"; commit_cache`;
  return runParts(shell, root, script);
}

/**
 * Ends all after the n-th change of the disk, as a power cut would. Each program that changes it counts
 * as one; a copy of a folder as one a file.
 */
function cutAfter(n: number): string {
  const counted = ['mv', 'ln', 'rm', 'mkdir'].map(
    (name) => `${name}() { command ${name} "$@"; local s=$?; step; return $s; }\n`,
  );
  return `count=0
    step() { count=$((count + 1)); [ "$count" -lt ${n} ] || { : >"$ROOT/cut"; exit 9; }; }
    cp() {
      local s file
      if [ "$1" = -r ]; then
        mkdir "$3" || return 1
        for file in "$2"/*; do cp "$file" "$3/" || return 1; done
      else
        command cp "$@"; s=$?; step; return $s
      fi
    }
    ${counted.join('')}`;
}

/** The slots as folders of path → text. */
function slotsOf(root: string): Record<string, Record<string, string>> {
  const boot = join(root, 'run/homepbp/boot');
  const slots = readdirSync(boot).filter((name) => /^[ab]/.test(name));
  return Object.fromEntries(slots.map((slot) => [slot, filesBelow(join(boot, slot))]));
}

function filesBelow(folder: string): Record<string, string> {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => statSync(join(folder, name)).isFile()).sort();
  return Object.fromEntries(files.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
}

const pointer = (root: string) => {
  const path = join(root, 'run/homepbp/boot/current.cfg');
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};
const asked = (root: string) =>
  existsSync(join(root, 'asked'))
    ? readFileSync(join(root, 'asked'), 'utf8').trim().split('\n')
    : [];

/** A whole slot of a system, as files below /. */
const slotFiles = (slot: string, system: Readonly<Record<string, string>>, more = {}) =>
  Object.fromEntries(
    Object.entries({
      ...system,
      'fetch.list': listOf(system),
      'slot.cfg': `set homepbp_list=${hash(listOf(system))}\n`,
      'seed/user-data': 'token: x\n',
      ...more,
    }).map(([path, text]) => [`run/homepbp/boot/${slot}/${path}`, text]),
  );

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
        /^set homepbp_words='boot=homepbp homepbp\.base=http:\/\/g it'\\''s console=ttyS1,57600n8'$/m,
      );
      assert.match(config, /^set homepbp_serial='--unit=1 --speed=57600'$/m);
      assert.deepEqual(
        { ...a, 'slot.cfg': '' },
        { ...NEW, 'fetch.list': listOf(NEW), 'seed/user-data': 'token: x\n', 'slot.cfg': '' },
      );
      assert.equal(statSync(join(root, 'run/homepbp/boot/a/seed')).mode & 0o777, 0o700);
      assert.equal(pointer(root), 'set homepbp_current=a\n');
      assert.ok(!asked(root).some((url) => url.endsWith('rootfs.squashfs')), 'that is in RAM');
      assert.ok(asked(root).includes('http://g/os/homepbp.cpio.gz'));
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
      assert.match(console, /the disk has all of this in slot b/);
      assert.deepEqual(asked(root), []);
      const { b, ...others } = slotsOf(root);
      assert.deepEqual(others, {});
      assert.equal(b?.['seed/user-data'], 'token: x\n');
      assert.match(b?.['slot.cfg'] ?? '', /homepbp_words='boot=homepbp/);
      assert.equal(b?.proven, '');
    });

    for (const [path, hasOther] of [
      ['rootfs.squashfs', true],
      ['rootfs.squashfs', false],
      ['vmlinuz', true],
      ['initrd', true],
      ['homepbp.cpio.gz', false],
    ] as const) {
      test(`a slot whose ${path} is damaged is written anew${hasOther ? ', the other one stays' : ''}`, (t) => {
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
      ['a file cannot be had', 'wget() { return 1; }'],
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
        assert.match(console, /WARNING: the disk's slot b could not be filled/);
        assert.deepEqual(slotsOf(root), before);
        assert.equal(pointer(root), 'set homepbp_current=a\n');
      });
    }

    test('a power cut after any step leaves the slot that the pointer names whole', (t) => {
      const files = {
        ...slotFiles('a', OLD, { proven: '' }),
        ...slotFiles('b', { ...OLD, 'rootfs.squashfs': 'root 0' }, { proven: '' }),
        'run/homepbp/boot/current.cfg': 'set homepbp_current=a\n',
      };
      const wholeSystems = [OLD, NEW].map((system) => system['rootfs.squashfs']);
      let cuts = 0;
      for (let step = 1; ; step += 1) {
        const root = makeDisk(t, NEW, files);
        cache(shell, root, cutAfter(step));
        const slot = pointer(root).trim().slice(-1);
        const found = slotsOf(root)[slot] ?? {};
        assert.ok(wholeSystems.includes(found['rootfs.squashfs'] ?? ''), `step ${step}: ${slot}`);
        for (const name of [
          'vmlinuz',
          'initrd',
          'homepbp.cpio.gz',
          'fetch.list',
          'slot.cfg',
          'seed/user-data',
        ]) {
          assert.ok((found[name] ?? '') !== '', `step ${step}: ${slot}/${name}`);
        }
        if (!existsSync(join(root, 'cut'))) break;
        cuts += 1;
      }
      assert.ok(cuts >= 10, `only ${cuts} steps were cut`);
    });

    for (const [what, folder] of [
      ['its seed is renewed', 'seed'],
      ['its seed is renewed once more, after a cut between the two renames', 'seed.new'],
    ] as const) {
      test(`a power cut after any step in which ${what} leaves the slot a whole one`, (t) => {
        const seeds = ['old', 'x'].map((token) => ({
          'meta-data': `of: ${token}\n`,
          'user-data': `token: ${token}\n`,
        }));
        const below = (place: string, seed = {}) =>
          Object.fromEntries(Object.entries(seed).map(([name, text]) => [place + name, text]));
        const { 'run/homepbp/boot/b/seed/user-data': _, ...slot } = slotFiles('b', NEW);
        const files = {
          ...slot,
          ...below(`run/homepbp/boot/b/${folder}/`, seeds[0]),
          ...below('run/homepbp/seed/', seeds[1]),
          'run/homepbp/boot/current.cfg': 'set homepbp_current=b\n',
        };
        let cuts = 0;
        for (let step = 1; ; step += 1) {
          const root = makeDisk(t, NEW, files);
          const { console } = cache(shell, root, cutAfter(step));
          const place = runParts(shell, root, 'seed_of_slot b').console;
          const found = filesBelow(place);
          const isWhole = seeds.some((seed) => isDeepStrictEqual(found, seed));
          assert.ok(isWhole, `step ${step}: ${place} has ${JSON.stringify(found)}\n${console}`);
          if (!existsSync(join(root, 'cut'))) {
            assert.deepEqual(found, seeds[1]);
            assert.match(place, /\/seed$/);
            break;
          }
          cuts += 1;
        }
        assert.ok(cuts >= 6, `only ${cuts} steps were cut`);
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
