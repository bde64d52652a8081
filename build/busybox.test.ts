import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MAX_BUSYBOX } from '../formats/busybox.ts';
import { trialBusybox, trialElf } from '../formats/elf.trial.ts';
import { findBusybox, findBusyboxes } from './busybox.ts';

function folders(t: TestContext, ...contents: (Uint8Array | null)[]): string[] {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-busybox-'));
  t.after(() => rmSync(root, { recursive: true }));
  return contents.map((content, index) => {
    const folder = join(root, `${index}`);
    mkdirSync(folder);
    if (content !== null) writeFileSync(join(folder, 'busybox'), content);
    return folder;
  });
}

test('the first that will do: not a dynamic one, and none of another architecture', (t) => {
  const dynamic = trialElf({ arch: 'amd64', interpreter: '/lib/ld.so', text: 'BusyBox v1' });
  const [amd64, arm64] = [trialBusybox('amd64'), trialBusybox('arm64')];
  const all = folders(t, null, dynamic, arm64, amd64, Buffer.concat([amd64, Buffer.from('other')]));
  assert.deepEqual(findBusybox(all, 'amd64'), amd64);
  assert.deepEqual(findBusybox(all, 'arm64'), arm64);
  assert.equal(findBusybox(all.slice(0, 2), 'amd64'), null);
});

test('oversized files are not read at all', (t) => {
  const all = folders(t, trialBusybox('amd64'));
  truncateSync(join(all[0] ?? '', 'busybox'), MAX_BUSYBOX + 1);
  assert.equal(findBusybox(all, 'amd64'), null);
});

test('an unreadable one is a fault that names it', (t) => {
  const all = folders(t, null);
  mkdirSync(join(all[0] ?? '', 'busybox'));
  assert.throws(() => findBusybox(all, 'amd64'), {
    name: 'UserError',
    message: /busybox cannot be read: it is a folder\n {2}hint/,
  });
});

test("the user's first, then media/, then the distribution's", (t) => {
  const [media = '', distribution = ''] = folders(t, null, trialBusybox('amd64'));
  const fetched = Buffer.concat([trialBusybox('amd64'), Buffer.from('fetched')]);
  const find = (own: Uint8Array | null) =>
    findBusyboxes(['amd64', 'arm64'], media, [distribution], own);
  assert.deepEqual(find(null), new Map([['amd64', trialBusybox('amd64')]]));
  for (const [arch, content] of [
    ['amd64', fetched],
    ['arm64', trialBusybox('arm64')],
  ] as const) {
    mkdirSync(join(media, 'busybox', arch), { recursive: true });
    writeFileSync(join(media, 'busybox', arch, 'busybox'), content);
  }
  assert.deepEqual(
    find(null),
    new Map([
      ['amd64', fetched],
      ['arm64', trialBusybox('arm64')],
    ]),
  );
  assert.equal(find(fetched).get('arm64'), fetched);
});
