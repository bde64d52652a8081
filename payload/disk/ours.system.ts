// A disk that has our names: whose it is, what is wrong with it, when it is wiped.
import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertUsed, catFrom, madeImage, openTrial, SKIP_LOOP } from './disks.trial.ts';
import { GIB, run } from './prepare.trial.ts';

const STATE_JSON = '/var/lib/homepbp/state.json';

describe('a disk that has our names', { skip: SKIP_LOOP }, () => {
  test('but is another node’s is neither used nor wiped, though a blank one is there', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda');
    assertUsed(trial.prepare({ node: 'node-b' }), disk);
    const blank = trial.add('sdb', { bytes: 8 * GIB });
    const before = [disk.hash(), blank.hash()];
    const { result } = trial.prepare({ wipe: 'now' });
    assert.equal(
      result,
      'refuse the STATE on sda belongs to node-b, but this is node-a: it is neither used nor wiped',
    );
    assert.deepEqual([disk.hash(), blank.hash()], before);
  });

  test('twice stops, and says whose they are', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    const copy = trial.add('sdb', { like: disk.image });
    const before = [disk.hash(), copy.hash()];
    const { result } = trial.prepare();
    assert.match(
      result,
      /^refuse there is more than one HOMEPBP_STATE, on: sda sdb \(loop\d+p4 belongs to node-a\)/,
    );
    assert.deepEqual([disk.hash(), copy.hash()], before);
  });

  for (const [number, label, type] of [
    [4, 'HOMEPBP_STATE', 'ext4'],
    [3, 'HOMEPBP_BOOT', 'ext4'],
    [1, 'HOMEPBP_ESP', 'vfat'],
  ] as const) {
    test(`but not its type in ${label} stops`, (t) => {
      const trial = openTrial(t);
      const disk = trial.add('sda', { like: madeImage() });
      run('wipefs', ['-qa', disk.part(number)]);
      run('mkswap', [disk.part(number)]);
      const before = disk.hash();
      const { result } = trial.prepare({ wipe: 'now' });
      assert.match(result, new RegExp(`is called ${label}, but holds swap instead of ${type}`));
      assert.equal(disk.hash(), before);
    });
  }

  test('but no HOMEPBP_STATE stops', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    run('sfdisk', ['-q', '--no-reread', '--part-label', disk.device, '4', 'mine']);
    disk.reread();
    const before = disk.hash();
    assert.equal(trial.prepare().result, 'refuse there is HOMEPBP_ESP, but no HOMEPBP_STATE');
    assert.equal(disk.hash(), before);
  });

  test('is wiped once a token, and knows its tokens', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    const uuid = () => JSON.parse(catFrom(disk.part(4), STATE_JSON)).uuid;
    const uuids = [uuid()];
    for (const wipe of ['one', 'one', 'two', 'one', '']) {
      assertUsed(trial.prepare({ wipe }), disk);
      uuids.push(uuid());
    }
    const [first, one, again, two, back, none] = uuids;
    assert.notEqual(one, first);
    assert.equal(again, one);
    assert.notEqual(two, one);
    assert.deepEqual([back, none], [two, two]);
  });

  test('made with a token is not wiped for it', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda');
    trial.prepare({ wipe: 'first' });
    const before = catFrom(disk.part(4), STATE_JSON);
    trial.prepare({ wipe: 'first' });
    assert.equal(catFrom(disk.part(4), STATE_JSON), before);
  });

  test('is repaired if nothing is lost, and left alone if something might be', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    run('debugfs', ['-w', '-R', 'set_super_value free_blocks_count 5', disk.part(4)]);
    run('debugfs', ['-w', '-R', 'set_super_value state 0', disk.part(4)]);
    const repaired = trial.prepare();
    assertUsed(repaired, disk);
    // Before it begins: on a large disk it takes its time.
    assert.match(
      repaired.said,
      /^checking the file system of STATE \(loop\d+p4\)\n(.*\n)*repaired loop\d+p4: /m,
    );
    run('debugfs', ['-w', '-R', 'clri /var/lib/homepbp', disk.part(4)]);
    run('debugfs', ['-w', '-R', 'set_super_value state 2', disk.part(4)]);
    const { result } = trial.prepare();
    assert.match(
      result,
      /^refuse the file system of STATE \(loop\d+p4\) has errors that need manual repair \(\S.*\): set 'boot: recovery'/,
    );
  });

  test('is looked at again where something else has it open for a moment', (t) => {
    const trial = openTrial(t);
    const disk = trial.add('sda', { like: madeImage() });
    const tools = join(trial.folder, 'busy');
    const busy = (times: number) => {
      rmSync(tools, { recursive: true, force: true });
      mkdirSync(tools);
      writeFileSync(
        join(tools, 'e2fsck'),
        `#!/bin/sh
        echo x >>"$0.times"
        [ "$(wc -l <"$0.times")" -le ${times} ] || PATH="\${PATH#*:}" exec e2fsck "$@"
        printf '/dev/x is in use.\\ne2fsck: Cannot continue, aborting.\\n\\n\\n'; exit 8\n`,
        { mode: 0o755 },
      );
      return trial.prepare({ tools });
    };
    assertUsed(busy(2), disk);
    assert.match(busy(99).result, /^refuse .* STATE .* \(e2fsck: Cannot continue, aborting\.\)/);
  });
});
