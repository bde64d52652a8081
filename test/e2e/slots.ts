// What GRUB would find on a node's disk: it reads HOMEPBP_BOOT without its journal.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withBoot } from './boot-partition.ts';
import type { Scene } from './scene.ts';

/** What a slot must have of its list to start; modules and GRUB's packages may be there or not. */
const NEEDED = ['vmlinuz', 'initrd', 'homepbp.cpio', 'rootfs.squashfs'];

/**
 * The slot that GRUB starts, all its files compared with its list.
 * @param image raw
 * @returns undefined where no slot was ever whole
 * @throws when a slot says that it is whole, and is not; or when there is GRUB and no slot
 */
export async function slotThatStarts(scene: Scene, image: string): Promise<'a' | 'b' | undefined> {
  return withBoot(scene, image, 'ro,noload', slotIn);
}

async function slotIn(boot: string): Promise<'a' | 'b' | undefined> {
  const pointer = existsSync(join(boot, 'current.cfg'))
    ? await readFile(join(boot, 'current.cfg'), 'utf8')
    : 'set homepbp_current=a\n';
  const current = /^set homepbp_current=([ab])\n$/.exec(pointer)?.[1] as 'a' | 'b' | undefined;
  assert.ok(current !== undefined, `current.cfg: ${JSON.stringify(pointer)}`);
  const whole = (['a', 'b'] as const).filter((slot) => existsSync(join(boot, slot, 'slot.cfg')));
  const chosen = whole.includes(current) ? current : whole[0];
  if (chosen === undefined) {
    assert.ok(
      !existsSync(join(boot, 'grub/installed')),
      'GRUB is installed, but no slot is complete',
    );
    return undefined;
  }
  await checkSlot(join(boot, chosen));
  return chosen;
}

async function checkSlot(folder: string): Promise<void> {
  const config = await readFile(join(folder, 'slot.cfg'), 'utf8');
  assert.match(config, /^set homepbp_words='.*'\nset homepbp_serial='.*'\n$/m, config);
  const lines = (await readFile(join(folder, 'fetch.list'), 'utf8')).trim().split('\n');
  const wanted = new Map(
    lines.map((line) => line.split(' ')).map(([sha256, , path]) => [path, sha256]),
  );
  for (const name of NEEDED) {
    const bytes = await readFile(join(folder, name));
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    assert.equal(sha256, wanted.get(name), `${folder}: ${name}`);
  }
  assert.ok((await readFile(join(folder, 'seed/user-data'))).length > 0);
}
