// The making and the wiping of a disk, cut off at every program that they run and in the middle of the
// table's own writing: the next boot ends it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertUsed, catFrom, openTrial, SKIP_LOOP, type Trial } from './trial-disks.ts';

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
  if [ "$n" -eq "$CUT_AT" ]; then echo "cut at $tool $*" >&2; kill -9 "$MAIN" "$PPID"; sleep 1; exit 1; fi ;;
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

describe('power that goes', { skip: SKIP_LOOP }, () => {
  test('while a blank disk is made', async (t) => {
    let cuts = 0;
    for (let went = false; !went; ) {
      await t.test(`at step ${cuts + 1}`, (step) => {
        const trial = openTrial(step);
        const disk = trial.add('sda');
        const cut = cutter(trial)(cuts + 1);
        went = cut.result !== '';
        // A cut machine has nothing mounted any more.
        spawnSync('umount', [join(trial.folder, 'run/disk.mount')]);
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
        const disk = trial.add('sda');
        trial.prepare();
        const before = catFrom(disk.part(4), '/var/lib/homepbp/state.json');
        const cut = cutter(trial)(cuts + 1, 'now');
        went = cut.result !== '';
        spawnSync('umount', [join(trial.folder, 'run/disk.mount')]);
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
