// Which disk is taken and which never is, without root: on files, up to the moment at which partitions
// are needed. On loop devices, and to the end: prepare.system.ts, foreign.system.ts and the others.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openFiles, SKIP_FILES } from './files.trial.ts';
import { OWNERS, put, write } from './owners.trial.ts';
import { GIB, run } from './prepare.trial.ts';
import { testUnfitDisks } from './unfit.trial.ts';

/** What only devices can be given. */
const NEEDS_DEVICE = ['LVM', 'our mark, and two signatures, of which blkid names none'];

describe('a disk that holds', { skip: SKIP_FILES }, () => {
  for (const what of Object.keys(OWNERS).filter((one) => !NEEDS_DEVICE.includes(one))) {
    test(`${what} is neither chosen nor written`, (t) => {
      const trial = openFiles(t);
      const disk = trial.add('sda');
      if (!put(t, what, disk)) return;
      const before = disk.hash();
      assert.match(
        trial.prepare().result,
        /^refuse this node has no disk, and there is no blank one; sda: /,
      );
      assert.equal(disk.hash(), before);
    });
  }
});

describe('which disk', { skip: SKIP_FILES }, () => {
  test('the largest blank one gets our table, and no other a byte', (t) => {
    const trial = openFiles(t);
    const others = [trial.add('sda'), trial.add('sdc', 5 * GIB)];
    const large = trial.add('sdb', 6 * GIB);
    const before = others.map((disk) => disk.hash());
    // Its partitions cannot be seen here.
    const { said, result } = trial.prepare();
    assert.match(said, /^setting up sdb \(6144 MiB\) as this node's disk$/m);
    assert.equal(result, 'refuse sdb could not be partitioned');
    const names = [...run('sfdisk', ['-d', large.device]).matchAll(/name="([^"]*)"/g)];
    assert.deepEqual(
      names.map(([, name]) => name),
      ['HOMEPBP_ESP.new', 'HOMEPBP_BIOS.new', 'HOMEPBP_BOOT.new', 'HOMEPBP_STATE.new'],
    );
    assert.deepEqual(
      others.map((disk) => disk.hash()),
      before,
    );
  });

  test('one whose table was cut off while it was made is taken again, as long as it has our mark', (t) => {
    const trial = openFiles(t);
    const disk = trial.add('sda');
    for (let time = 0; time < 2; time += 1) {
      assert.match(trial.prepare().said, /^setting up sda \(4096 MiB\) as this node's disk$/m);
    }
    write(disk, 512 * 1024, Buffer.alloc(4096));
    assert.match(trial.prepare().result, /; sda: it holds gpt/);
  });

  testUnfitDisks(openFiles);

  test('none by any other name, or where the node or the wish for a disk is not known', (t) => {
    const trial = openFiles(t);
    const disks = ['loop7', 'md0', 'dm-3', 'nbd0', 'mmcblk0boot0'].map((name) => trial.add(name));
    const before = disks.map((disk) => disk.hash());
    assert.match(trial.prepare().result, /^refuse this node has no disk, .* no blank one$/);
    disks.push(trial.add('sda'));
    before.push(disks.at(-1)?.hash() ?? '');
    assert.match(trial.prepare({ node: '' }).result, /^refuse this node's seed has no node name/);
    assert.match(trial.prepare({ disk: '' }).result, /^refuse .*does not allow one to be set up/);
    assert.deepEqual(
      disks.map((disk) => disk.hash()),
      before,
    );
  });
});
