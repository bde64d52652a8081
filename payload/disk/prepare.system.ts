// The program that finds or makes a node's disk, on loop devices.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SHELLS } from '../run-parts.trial.ts';
import { assertUsed, catFrom, openTrial, SKIP_LOOP } from './disks.trial.ts';
import { GIB, run } from './prepare.trial.ts';
import { testUnfitDisks } from './unfit.trial.ts';

const STATE_JSON = '/var/lib/homepbp/state.json';

for (const shell of SHELLS) {
  describe(`a blank disk in ${shell.join(' ')}`, { skip: SKIP_LOOP }, () => {
    for (const [name, sector] of [
      ['sda', 512],
      ['nvme0n1', 4096],
      ['vda', 4096],
      ['mmcblk0', 512],
    ] as const) {
      test(`${name} with sectors of ${sector} bytes is made once, then used as it is`, (t) => {
        const trial = openTrial(t);
        const disk = trial.add(name, { sector });
        assertUsed(trial.prepare({ shell }), disk);
        const state = JSON.parse(catFrom(disk.part(4), STATE_JSON));
        assert.equal(state.version, 1);
        assert.equal(state.node, 'node-a');
        assert.match(state.uuid, /^[0-9a-f-]{36}$/);
        const types = [1, 3, 4].map((number) =>
          run('blkid', ['-p', '-o', 'value', '-s', 'TYPE', '-s', 'LABEL', disk.part(number)]),
        );
        assert.deepEqual(types, [
          'HOMEPBP_ESP\nvfat\n',
          'HOMEPBP_BOOT\next4\n',
          'HOMEPBP_STATE\next4\n',
        ]);
        assertUsed(trial.prepare({ shell }), disk);
        const again = JSON.parse(catFrom(disk.part(4), STATE_JSON));
        assert.deepEqual(again, state);
      });
    }
  });
}

/**
 * An sfdisk after which udev sees that a disk was written: it has the kernel reread the table, and the
 * partitions are gone meanwhile, unless somebody has locked the disk (udevd's synthesize_change).
 */
const SFDISK_AND_UDEV = `#!/bin/sh
PATH="\${PATH#*:}"
sfdisk "$@" || exit
case "$*" in *--part-label* | *--wipe*) ;; *) exit 0 ;; esac
for word do case "$word" in /dev/*) device="$word" ;; esac done
exec 8<"$device"
flock -x -n 8 || exit 0
rm -rf "$FAKE_SYS"/block/*/loop*
{ sleep 0.3; reread "$device"; } 8<&- >/dev/null 2>&1 &
`;

describe('a disk being written', { skip: SKIP_LOOP }, () => {
  test('is locked, so that udev does not have its table read meanwhile', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda');
    const tools = join(trial.folder, 'udev');
    mkdirSync(tools);
    writeFileSync(join(tools, 'sfdisk'), SFDISK_AND_UDEV, { mode: 0o755 });
    assertUsed(trial.prepare({ tools }), disk);
    assertUsed(trial.prepare({ tools, wipe: 'now' }), disk);
  });

  test('is not written while another program has locked it', async (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda');
    const before = disk.hash();
    const hold = 'exec 9<"$0"; flock -x 9; echo held; exec sleep 60';
    const holder = spawn('sh', ['-c', hold, disk.device]);
    t.after(() => holder.kill());
    await once(holder.stdout, 'data');
    const { result } = trial.prepare({ env: { HOLD_SECONDS: '1' } });
    assert.equal(result, 'refuse sda is locked by another program');
    assert.equal(disk.hash(), before);
  });
});

describe('which disk', { skip: SKIP_LOOP }, () => {
  test('the largest blank one', (t) => {
    const trial = openTrial(t);
    trial.add('sda', { bytes: 4 * GIB });
    const large = trial.add('sdb', { bytes: 6 * GIB });
    trial.add('sdc', { bytes: 5 * GIB });
    assertUsed(trial.prepare(), large);
  });

  for (const [ours, blank] of [
    ['sda', 'sdb'],
    ['sdb', 'sda'],
  ] as const) {
    test(`ours of 4 GB as ${ours} before a blank one of 8 GB as ${blank}`, (t) => {
      const trial = openTrial(t);
      const small = trial.add(ours, { bytes: 4_000_000_000 - (4_000_000_000 % 4096) });
      assertUsed(trial.prepare(), small);
      const other = trial.add(blank, { bytes: 8 * GIB });
      const before = other.hash();
      assertUsed(trial.prepare(), small);
      assert.equal(other.hash(), before);
    });
  }

  testUnfitDisks(openTrial, (trial, disk) => {
    assertUsed(trial.prepare({ disk: disk.device }), disk);
  });

  test('never a loop device, an array or a mapping, under whatever name', (t) => {
    const trial = openTrial(t);
    for (const name of [
      'loop7',
      'md0',
      'dm-3',
      'zram0',
      'sr0',
      'nbd0',
      'mmcblk0boot0',
      'nvme0c1n1',
    ]) {
      const disk = trial.add(name);
      const before = disk.hash();
      const { result } = trial.prepare();
      assert.equal(result, 'refuse this node has no disk, and there is no blank one', name);
      assert.equal(disk.hash(), before, name);
    }
  });

  test('never one that cannot be read to its end', (t) => {
    const { folder } = openTrial(t);
    const file = join(folder, 'short');
    const isZero = (bytes: number, name = file) => {
      const script =
        '. "$1/blank.sh"; if is_zero_between "$2" 512 "$3"; then echo yes; else echo no; fi';
      return run('sh', ['-c', script, 'sh', import.meta.dirname, name, String(bytes)]).trim();
    };
    writeFileSync(file, Buffer.alloc(4096));
    assert.deepEqual([isZero(3584), isZero(4096), isZero(512, '/absent')], ['yes', 'no', 'no']);
    writeFileSync(file, Buffer.alloc(4096).fill(1, 4095));
    assert.deepEqual([isZero(3583), isZero(3584)], ['yes', 'no']);
  });

  test('a named one, also when it is removable, but not when it holds something', (t) => {
    const trial = openTrial(t);
    const [usb, full] = [trial.add('sda'), trial.add('sdb', { bytes: 8 * GIB })];
    usb.attribute('removable', '1');
    run('mke2fs', ['-q', '-t', 'ext4', full.device]);
    const before = full.hash();
    const refused = trial.prepare({ disk: full.device });
    assert.equal(
      refused.result,
      `refuse nodes.yaml names the disk ${full.device}, but it holds ext4`,
    );
    assert.equal(full.hash(), before);
    assertUsed(trial.prepare({ disk: usb.device }), usb);
  });

  test('a name that no disk has is told', (t) => {
    const { result } = openTrial(t).prepare({ disk: '/dev/disk/by-id/none' });
    assert.match(
      result,
      /^refuse nodes\.yaml names the disk \/dev\/disk\/by-id\/none, which this machine does not have/,
    );
  });

  for (const [what, wishes, says] of [
    ['a name for the node', { node: '' }, /^refuse this node's seed has no node name/],
    ['a wish for a disk', { disk: '' }, /^refuse .*does not allow one to be set up/],
  ] as const) {
    test(`without ${what} nothing is made`, (t) => {
      const trial = openTrial(t);
      const disk = trial.add('sda');
      const before = disk.hash();
      assert.match(trial.prepare(wishes).result, says);
      assert.equal(disk.hash(), before);
    });
  }

  test('without a name for the node no disk is its own', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda');
    assertUsed(trial.prepare(), disk);
    const before = disk.hash();
    assert.match(trial.prepare({ node: '', wipe: 'now' }).result, /^refuse this node's seed/);
    assert.equal(disk.hash(), before);
  });
});
