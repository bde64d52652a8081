import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createBuiltReader } from './built.ts';

const FOUNDING = { epoch: 1, servers: [], founded: false };
const INVENTORY = { version: 1, httpPort: 80, cluster: 'home', founding: FOUNDING, nodes: [] };

function tree(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-built-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const dist = join(folder, 'dist');
  mkdirSync(dist);
  writeFileSync(join(dist, 'inventory.json'), JSON.stringify(INVENTORY));
  writeFileSync(
    join(dist, 'manifest.json'),
    '{"os/x/initrd":{"size":3},"os/x/homepbp.cpio":{"size":4}}',
  );
  return dist;
}

test('shared files count for each system; a replaced file is read again', (t) => {
  const dist = tree(t);
  const built = createBuiltReader(dist);
  assert.equal(built()?.expected('x', 'initrd'), 7);
  assert.equal(built(), built());
  writeFileSync(join(dist, 'new'), JSON.stringify({ ...INVENTORY, cluster: 'away' }));
  renameSync(join(dist, 'new'), join(dist, 'inventory.json'));
  assert.equal(built()?.inventory.cluster, 'away');
});

test('a tree that is removed or unreachable is null until it is back', (t) => {
  const dist = tree(t);
  const built = createBuiltReader(dist);
  renameSync(dist, `${dist}.away`);
  assert.equal(built(), null);
  symlinkSync('dist', dist); // a circle
  assert.equal(built(), null);
  rmSync(dist);
  writeFileSync(dist, 'a file');
  assert.equal(built(), null);
  rmSync(dist);
  renameSync(`${dist}.away`, dist);
  assert.equal(built()?.inventory.cluster, 'home');
});

const damages: [name: string, text: string, what: RegExp][] = [
  [
    'inventory.json',
    '{"version": 1,',
    /inventory\.json:1:15: the file is damaged: not valid JSON\n/,
  ],
  [
    'inventory.json',
    '{"version": 2}',
    /inventory\.json:1:13: another version of HomePBP wrote this/,
  ],
  ['manifest.json', '{"a": {}}', /manifest\.json:1:7: the file is damaged: a\.size is missing\n/],
  [
    '.build.json',
    '{"media": 1}',
    /\.build\.json:1:11: the file is damaged: media is not a string\n/,
  ],
];

for (const [name, text, what] of damages) {
  test(`a damaged ${name} is said once for each state of dist/: ${text}`, (t) => {
    const dist = tree(t);
    const faults: string[] = [];
    const built = createBuiltReader(dist, ({ message }) => faults.push(message));
    writeFileSync(join(dist, name), text);
    assert.equal(built() === null, name === 'inventory.json', 'media can do without');
    built();
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', what);
    assert.match(faults[0] ?? '', /\n {2}hint: run \.\/homepbp build, which writes it again$/);
    rmSync(join(dist, name));
    built();
    assert.equal(faults.length, 1, 'what is not there is not damaged');
  });
}
