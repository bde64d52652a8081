// `diff` and `explain` as a user calls them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const inventory = (mac: string) =>
  `ssh: { keys: ["${KEY}"] }\nnodes: [{ name: n1, role: agent, mac: ${mac} }, { name: n2, mac: 52-54-00-12-34-02 }]\n`;

function project(t: TestContext) {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-cli-')));
  t.after(() => rmSync(folder, { recursive: true }));
  const write = (mac: string) => writeFileSync(join(folder, 'nodes.yaml'), inventory(mac));
  const launcher = join(import.meta.dirname, '../homepbp.mjs');
  const homepbp = (...words: string[]) =>
    spawnSync(process.execPath, [launcher, ...words], {
      cwd: folder,
      encoding: 'utf8',
      timeout: 60_000,
    });
  write('52-54-00-12-34-01');
  return { write, homepbp };
}

test('diff says what differs, by --exit-code and as JSON too, without colours in a pipe', (t) => {
  const { write, homepbp } = project(t);
  assert.equal(homepbp('build').status, 0);
  const same = homepbp('diff', '--exit-code');
  assert.deepEqual(
    [same.status, same.stdout],
    [0, 'dist: identical, a build would change nothing\n'],
  );
  write('52-54-00-12-34-11');
  const other = homepbp('diff');
  assert.equal(other.status, 0);
  assert.match(other.stdout, /^ {4}macs:\n {6}- "52-54-00-12-34-01"\n {6}\+ "52-54-00-12-34-11"$/m);
  assert.doesNotMatch(other.stdout, /\x1b/);
  assert.equal(homepbp('diff', '--exit-code').status, 1);
  assert.ok(JSON.parse(homepbp('diff', '--json').stdout).written > 0);
});

test('explain takes one name or MAC address, before or after its flags', (t) => {
  const { homepbp } = project(t);
  for (const words of [
    ['n1', '--json'],
    ['--json', '--media', 'm', '5254.0012.3401'],
  ]) {
    const { stdout, stderr } = homepbp('explain', ...words);
    assert.equal(JSON.parse(stdout || stderr).name, 'n1');
  }
  for (const [words, message] of [
    [['n3'], /^there is no node 'n3'\n {2}hint: did you mean 'n1'\?\nnodes:/m],
    [[], /NAME\|MAC is missing/],
    [['n1', 'n2'], /n2/],
    [['n1', '--jsn'], /--jsn/],
  ] as const) {
    const { status, stdout, stderr } = homepbp('explain', ...words);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(stderr, message);
    assert.doesNotMatch(stderr, /^ +at /m);
  }
});
