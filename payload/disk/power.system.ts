// Setting up and wiping a disk, interrupted at every program that they run and in the middle of writing a
// table: the next boot finishes it.
import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  assertUsed,
  catFrom,
  madeImage,
  openTrial,
  SKIP_LOOP,
  type Trial,
  type TrialDisk,
} from './disks.trial.ts';
import { GIB, run, type Wishes } from './prepare.trial.ts';

/** What writes to a disk, or tells the kernel of it. */
const WRITERS = [
  'dd',
  'sfdisk',
  'mke2fs',
  'mkfs.vfat',
  'mount',
  'umount',
  'sync',
  'blockdev',
  'e2fsck',
];

/** Stands for each of them: the one whose turn it is ends all before it has done anything. */
const CUT = `#!/bin/sh
tool="\${0##*/}"
# What only reads counts too, but not the hundreds of dd.
case "$tool $*" in dd\\ if=/dev/loop*|dd\\ if=/dev/zero\\ bs=4096\\ skip*|dd\\ if=/dev/zero\\ bs=512*) ;;
*) n=$(($(cat "$COUNT") + 1)); echo "$n" >"$COUNT"
  if [ "$n" -eq "$CUT_AT" ]; then echo "cut at $tool $*" >&2; kill -9 "$MAIN" "$PPID"; exit 1; fi ;;
esac
PATH="\${PATH#*:}" exec "$tool" "$@"
`;

function cutter(trial: Trial) {
  const tools = join(trial.folder, 'cut');
  const count = join(trial.folder, 'count');
  mkdirSync(tools);
  for (const tool of WRITERS) {
    writeFileSync(join(tools, tool), CUT);
    chmodSync(join(tools, tool), 0o755);
  }
  return (at: number, wipe = '') => {
    writeFileSync(count, '0');
    const env = { COUNT: count, CUT_AT: String(at) };
    const outcome = trial.prepare({ tools, env, wipe });
    return outcome;
  };
}

/**
 * Stands for sfdisk: where it is to rename the CUT_AT-th time, the new entries are there, the header
 * that goes with them is not yet. Both are synced on their own.
 */
const HALF_RENAMED = `#!/bin/sh
PATH="\${PATH#*:}"
case "$*" in *--part-label*) ;; *) exec sfdisk "$@" ;; esac
n=$(($(cat "$COUNT") + 1)); echo "$n" >"$COUNT"
[ "$n" -eq "$CUT_AT" ] || exec sfdisk "$@"
for word; do case "$word" in /dev/*) device=$word ;; esac; done
sector=$(blockdev --getss "$device")
header() { dd bs="$sector" count=1 conv=notrunc,fsync "$@" 2>/dev/null; }
header if="$device" skip=1 of="$COUNT.header"
sfdisk "$@"
header if="$COUNT.header" of="$device" seek=1
kill -9 "$MAIN" "$PPID"
`;

/** In the first header, in a sector of 512 bytes (UEFI 2.10 section 5.3.2). */
const CHECKSUM_AT = 512 + 16;

/** One byte of the first header's checksum. */
function breakHeader(disk: TrialDisk): void {
  const file = openSync(disk.device, 'r+');
  try {
    // Inverted: any byte that we wrote would be the right one in one of 256 tables.
    const byte = Buffer.alloc(1);
    readSync(file, byte, 0, 1, CHECKSUM_AT);
    writeSync(file, Buffer.of(~(byte[0] ?? 0) & 0xff), 0, 1, CHECKSUM_AT);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  disk.reread();
}

function halfRenamer(trial: Trial) {
  const tools = join(trial.folder, 'half');
  const count = join(trial.folder, 'count');
  mkdirSync(tools);
  writeFileSync(join(tools, 'sfdisk'), HALF_RENAMED, { mode: 0o755 });
  return (at: number, wishes: Wishes = {}) => {
    writeFileSync(count, '0');
    return trial.prepare({ ...wishes, tools, env: { COUNT: count, CUT_AT: String(at) } });
  };
}

describe('power that goes', { skip: SKIP_LOOP }, () => {
  for (const [what, wishes, cuts, sector] of [
    ['made', {}, 4, 512],
    ['made', {}, 4, 4096],
    ['wiped', { wipe: 'now' }, 6, 512],
  ] as const) {
    test(`between a table's entries and its header while a disk is ${what}, sectors of ${sector}`, (t) => {
      for (let at = 1; at <= cuts; at += 1) {
        const trial = openTrial(t);
        const made = what === 'wiped' ? { like: madeImage(sector) } : {};
        const disk = trial.add('sda', { sector, ...made });
        assert.equal(halfRenamer(trial)(at, wishes).result, '', `rename ${at}`);
        disk.reread();
        const repaired = trial.prepare(wishes);
        assert.match(
          repaired.said,
          /^the power failed while the partition table of sda was being written; restored/m,
        );
        assertUsed(repaired, disk);
        trial.close();
      }
    });
  }

  test('never has a larger blank disk take the place of one whose table it broke', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    breakHeader(disk);
    const blank = trial.add('sdb', { bytes: 8 * GIB });
    const before = blank.hash();
    assertUsed(trial.prepare(), disk);
    assert.equal(blank.hash(), before);
  });

  test("never has another node's disk, or one that is not ours, repaired", (t) => {
    const trial = openTrial(t);
    const [disk, blank] = [trial.add('sda'), trial.add('sdb', { bytes: 3 * GIB })];
    assertUsed(trial.prepare({ node: 'node-b' }), disk);
    breakHeader(disk);
    blank.attribute('size', String((8 * GIB) / 512));
    const hashes = () => [disk, blank].map((one) => one.hash());
    const before = hashes();
    assert.equal(
      trial.prepare({ node: 'node-a', wipe: 'now' }).result,
      'refuse the partition table of sda is damaged, and the STATE in its backup belongs to node-b: leaving it untouched',
    );
    assert.deepEqual(hashes(), before);
    blank.attribute('size', String((3 * GIB) / 512));
    run('sfdisk', ['-q', '--no-reread', '--part-label', disk.device, '4', 'mine']);
    breakHeader(disk);
    const stranger = disk.hash();
    assert.match(trial.prepare().result, /^refuse .*; sda: it holds gpt/);
    assert.equal(disk.hash(), stranger);
  });

  test('never has a disk repaired that is in use', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    breakHeader(disk);
    const holder = join(trial.folder, 'sys/block/sda/holders/dm-0');
    mkdirSync(holder, { recursive: true });
    const before = disk.hash();
    assert.match(trial.prepare().result, /^refuse .*; sda: it is in use$/);
    assert.equal(disk.hash(), before);
    rmSync(holder, { recursive: true });
    assertUsed(trial.prepare(), disk);
  });

  test('never has a broken table come before a slow disk of this node', (t) => {
    const trial = openTrial(t);
    const slow = trial.add('sdb');
    assertUsed(trial.prepare(), slow);
    const sys = join(trial.folder, 'sys');
    renameSync(join(sys, 'block/sdb'), join(sys, 'late'));
    const broken = trial.add('sda');
    assertUsed(trial.prepare({ node: 'node-b' }), broken);
    breakHeader(broken);
    const before = broken.hash();
    const tools = join(trial.folder, 'late');
    mkdirSync(tools);
    const sleep =
      '#!/bin/sh\n[ ! -e "$FAKE_SYS/late" ] || mv "$FAKE_SYS/late" "$FAKE_SYS/block/sdb"\n';
    writeFileSync(join(tools, 'sleep'), sleep, { mode: 0o755 });
    const env = { SETTLED_AT: String(Math.floor(uptime())), LATE_DISKS: '20' };
    assertUsed(trial.prepare({ tools, env }), slow);
    assert.equal(broken.hash(), before);
  });

  test('while a blank disk is made', async (t) => {
    let cuts = 0;
    for (let went = false; !went; ) {
      await t.test(`at step ${cuts + 1}`, (step) => {
        const trial = openTrial(step);
        const disk = trial.add('sda');
        const cut = cutter(trial)(cuts + 1);
        went = cut.result !== '';
        disk.reread();
        assertUsed(trial.prepare(), disk);
        const state = JSON.parse(catFrom(disk.part(4), '/var/lib/homepbp/state.json'));
        assert.equal(state.node, 'node-a');
      });
      cuts += 1;
    }
    assert.ok(cuts > 20, `cut ${cuts} times`);
  });

  test('while a disk of ours is wiped', async (t) => {
    let cuts = 0;
    for (let went = false; !went; ) {
      await t.test(`at step ${cuts + 1}`, (step) => {
        const trial = openTrial(step);
        const disk = trial.add('sda', { like: madeImage() });
        const before = catFrom(disk.part(4), '/var/lib/homepbp/state.json');
        const cut = cutter(trial)(cuts + 1, 'now');
        went = cut.result !== '';
        disk.reread();
        assertUsed(trial.prepare({ wipe: 'now' }), disk);
        assert.notEqual(catFrom(disk.part(4), '/var/lib/homepbp/state.json'), before);
        assert.equal(catFrom(disk.part(4), '/var/lib/homepbp/wiped'), 'now\n');
      });
      // Its steps are mostly those above: every third.
      cuts += 3;
    }
    assert.ok(cuts > 20, `cut at ${cuts / 3} steps`);
  });
});
