// What GRUB would start, on images made here: whole, half written, and wrong.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Scene } from './scene.ts';
import { slotThatStarts } from './slots.ts';

const SKIP =
  process.platform === 'linux' && process.getuid?.() === 0 ? false : 'needs root, for loop devices';
const NAMES = ['vmlinuz', 'initrd', 'homepbp.cpio', 'rootfs.squashfs'] as const;
const SLOT_CFG = "set homepbp_list=x\nset homepbp_words='a b'\nset homepbp_serial=''\n";

/** A disk whose HOMEPBP_BOOT holds these files; and the slot that it starts. */
async function startsWith(t: TestContext, files: Readonly<Record<string, string>>) {
  const scratch = mkdtempSync(join(tmpdir(), 'homepbp-slots-'));
  t.after(() => rmSync(scratch, { recursive: true }));
  const [image, boot] = [join(scratch, 'disk'), join(scratch, 'files')];
  writeFileSync(image, '');
  truncateSync(image, 64 << 20);
  const table = 'label: gpt\nstart=2048, size=32MiB, name="HOMEPBP_BOOT"\n';
  execFileSync('sfdisk', ['-q', image], { input: table });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(boot, path, '..'), { recursive: true });
    writeFileSync(join(boot, path), text);
  }
  mkdirSync(boot, { recursive: true });
  const place = ['-E', 'offset=1048576', '-d', boot, image, '32M'];
  execFileSync('mke2fs', ['-q', '-F', '-t', 'ext4', ...place]);
  return slotThatStarts({ scratch } as Scene, image);
}

function slot(name: 'a' | 'b', wrong?: string): Record<string, string> {
  const lines = NAMES.map((path) => {
    const sha256 = createHash('sha256').update(`${name} ${path}`).digest('hex');
    return `${sha256} 9 ${path}\n`;
  });
  const files = NAMES.map((path) => [`${name}/${path}`, path === wrong ? 'x' : `${name} ${path}`]);
  return {
    ...Object.fromEntries(files),
    [`${name}/fetch.list`]: lines.join(''),
    [`${name}/slot.cfg`]: SLOT_CFG,
    [`${name}/seed/user-data`]: '#cloud-config\n',
  };
}

const POINTS_TO_B = { 'current.cfg': 'set homepbp_current=b\n' };

test('the slot that the pointer names, or else the whole one', { skip: SKIP }, async (t) => {
  assert.equal(await startsWith(t, {}), undefined);
  assert.equal(await startsWith(t, slot('a')), 'a');
  assert.equal(await startsWith(t, { ...slot('a'), ...slot('b'), ...POINTS_TO_B }), 'b');
  assert.equal(await startsWith(t, { ...slot('a'), ...POINTS_TO_B, 'b.new/vmlinuz': '' }), 'a');
});

test('one wrong file, a broken pointer or GRUB without a slot is a fault', {
  skip: SKIP,
}, async (t) => {
  for (const name of NAMES) {
    const disk = startsWith(t, { ...slot('a'), ...slot('b', name), ...POINTS_TO_B });
    await assert.rejects(disk, new RegExp(`b: ${name}`));
  }
  await assert.rejects(startsWith(t, { ...slot('a'), 'current.cfg': 'set home' }), /current\.cfg/);
  await assert.rejects(startsWith(t, { 'grub/installed': 'for: bios\n' }), /no slot is complete/);
});
