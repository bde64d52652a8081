// The menu in real GRUB: which slot starts, how often, and with which kernel line.
import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { GrubDisk, whyNot } from './grub.trial.ts';

const skip = whyNot();
const CONFIG =
  "set homepbp_words='rdinit=/homepbp/init panic=30 homepbp.mode=live console=ttyS0'\nset homepbp_serial=''\n";

/** A disk with both slots whole, of which one is current; its menu does not wait. */
function makeDisk(t: TestContext, current: 'a' | 'b', entry = 'auto'): GrubDisk {
  const disk = new GrubDisk(t);
  disk.with(() => {
    for (const slot of ['a', 'b'] as const) disk.fillSlot(slot, CONFIG);
    writeFileSync(join(disk.boot, 'current.cfg'), `set homepbp_current=${current}\n`);
    const menu = readFileSync(join(import.meta.dirname, 'grub.cfg'), 'utf8');
    const text = menu.replace('timeout=5', 'timeout=0').replace('default=auto', `default=${entry}`);
    writeFileSync(join(disk.boot, 'grub/grub.cfg'), text);
  });
  return disk;
}

/** The kernel line of the next start. */
async function start(disk: GrubDisk): Promise<string> {
  const said = await disk.start();
  const line = /BOOT_IMAGE=.*/.exec(said)?.[0];
  assert.ok(line !== undefined, said);
  return line;
}

const slotOf = (line: string) => /homepbp\.slot=(.)/.exec(line)?.[1];

/** The slots of so many starts. */
async function slotsOf(disk: GrubDisk, starts: number, after = () => {}) {
  const slots: (string | undefined)[] = [];
  while (slots.length < starts) {
    slots.push(slotOf(await start(disk)));
    after();
  }
  return slots;
}

test('all tools of the boot loader are here', {
  skip: process.env.HOMEPBP_REQUIRE_TOOLS !== '1',
}, () => {
  assert.equal(skip, false);
});

describe('GRUB from the disk', { skip }, () => {
  test('the current slot starts with its own words and ours, twice; then the other, twice', async (t) => {
    const disk = makeDisk(t, 'a');
    assert.equal(
      await start(disk),
      'BOOT_IMAGE=/a/vmlinuz rdinit=/homepbp/init panic=30 homepbp.mode=live console=ttyS0 homepbp.boot=disk homepbp.slot=a',
    );
    assert.deepEqual(await slotsOf(disk, 4), ['a', 'b', 'b', 'a']);
  });

  test('a system that came up clears the count', async (t) => {
    const disk = makeDisk(t, 'b');
    const cameUp = () =>
      disk.with(() =>
        copyFileSync(join(import.meta.dirname, 'grubenv'), join(disk.boot, 'grub/grubenv')),
      );
    const slots = await slotsOf(disk, 3, cameUp);
    assert.deepEqual(slots, ['b', 'b', 'b']);
  });

  test('an empty slot, or one without its kernel, is passed over at once', async (t) => {
    const disk = makeDisk(t, 'a');
    disk.with(() => rmSync(join(disk.boot, 'a/vmlinuz')));
    assert.equal(slotOf(await start(disk)), 'b');
    disk.with(() => rmSync(join(disk.boot, 'a'), { recursive: true }));
    assert.equal(slotOf(await start(disk)), 'b');
  });

  test('with one slot it is tried again and again', async (t) => {
    const disk = makeDisk(t, 'a');
    disk.with(() => rmSync(join(disk.boot, 'b'), { recursive: true }));
    assert.deepEqual(await slotsOf(disk, 4), ['a', 'a', 'a', 'a']);
  });

  test('neither a lost pointer nor a damaged grubenv is in the way', async (t) => {
    const disk = makeDisk(t, 'b');
    disk.with(() => writeFileSync(join(disk.boot, 'grub/grubenv'), 'x'.repeat(1024)));
    assert.equal(slotOf(await start(disk)), 'b');
    disk.with(() => {
      rmSync(join(disk.boot, 'current.cfg'));
      rmSync(join(disk.boot, 'a'), { recursive: true });
    });
    assert.equal(slotOf(await start(disk)), 'b');
  });

  test('recovery is the current slot in another mode, and does not count', async (t) => {
    const disk = makeDisk(t, 'b', 'recovery');
    assert.match(await start(disk), /homepbp\.mode=live .*homepbp\.slot=b homepbp\.mode=recovery$/);
    disk.with(() =>
      assert.doesNotMatch(readFileSync(join(disk.boot, 'grub/grubenv'), 'latin1'), /tries/),
    );
  });

  test('the previous slot can be chosen', async (t) => {
    assert.equal(slotOf(await start(makeDisk(t, 'b', 'previous'))), 'a');
  });
});
