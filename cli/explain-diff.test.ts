// `diff` and `explain` as a user calls them.
import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const inventory = (mac: string) =>
  `ssh: { keys: ["${KEY}"] }\nnodes: [{ name: n1, role: agent, mac: ${mac} }, { name: n2, mac: 52-54-00-12-34-02 }]\n`;

function project(t: TestContext) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-cli-')));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (mac: string) => writeFileSync(join(folder, 'nodes.yaml'), inventory(mac));
  const homepbp = (...words: string[]) => runHomepbp(words, { cwd: folder, home: folder });
  write('52-54-00-12-34-01');
  return { write, homepbp };
}

test('diff says what differs, by --exit-code and as JSON too, without colours in a pipe', async (t) => {
  const { write, homepbp } = project(t);
  assert.equal((await homepbp('build')).status, 0);
  const same = await homepbp('diff', '--exit-code');
  assert.deepEqual(
    [same.status, same.stdout],
    [0, 'dist: identical, a build would change nothing\n'],
  );
  write('52-54-00-12-34-11');
  const other = await homepbp('diff');
  assert.equal(other.status, 0);
  assert.match(other.stdout, /^ {4}macs:\n {6}- "52-54-00-12-34-01"\n {6}\+ "52-54-00-12-34-11"$/m);
  assert.doesNotMatch(other.stdout, /\x1b/);
  assert.equal((await homepbp('diff', '--exit-code')).status, 1);
  assert.ok(JSON.parse((await homepbp('diff', '--json')).stdout).written > 0);
});

test('explain takes one name or MAC address, before or after its flags', async (t) => {
  const { homepbp } = project(t);
  for (const words of [
    ['n1', '--json'],
    ['--json', '--media', 'm', '5254.0012.3401'],
  ]) {
    const { stdout, stderr } = await homepbp('explain', ...words);
    assert.equal(JSON.parse(stdout || stderr).name, 'n1');
  }
  for (const [words, message] of [
    [['n3'], /^no node 'n3'\n {2}hint: did you mean 'n1'\?\nnodes:/m],
    [[], /NAME\|MAC is missing/],
    [['n1', 'n2'], /n2/],
    [['n1', '--jsn'], /--jsn/],
  ] as const) {
    const { status, stdout, stderr } = await homepbp('explain', ...words);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
});
