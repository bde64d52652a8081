// The command line as a user meets it: the launcher, messages, exit status.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-launcher-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Runs ./homepbp; npm's own variables are left out, since it reads flags from them. */
function homepbp(args: readonly string[], cwd: string, path = process.env.PATH) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('npm_')),
  );
  return spawnSync(join(ROOT, 'homepbp'), args, {
    cwd,
    encoding: 'utf8',
    env: { ...env, PATH: path },
  });
}

test('--help of a command says what it does, and is no fault', (t) => {
  const { status, stdout } = homepbp(['build', '--help'], scratch(t));
  assert.equal(status, 0);
  assert.match(
    stdout,
    /^nodes\.yaml → dist\/\nusage: \.\/homepbp build \[flags\]\n {2}flags: --inventory/,
  );
});

test('no command, and an unknown one, list the commands', (t) => {
  const folder = scratch(t);
  assert.match(homepbp([], folder).stdout, /usage: \.\/homepbp COMMAND/);
  const { status, stderr } = homepbp(['bild'], folder);
  assert.equal(status, 1);
  assert.match(stderr, /there is no command 'bild'/);
});

test('without nodes.yaml: one clear error, no stack trace, nothing made', (t) => {
  const folder = scratch(t);
  const { status, stderr } = homepbp(['build'], folder);
  assert.equal(status, 1);
  assert.match(stderr, /^nodes\.yaml: there is no such file\n {2}hint: /);
  assert.doesNotMatch(stderr, /\n {4}at /);
  assert.deepEqual(readdirSync(folder), []);
});

test('a fault has its file:line:col and exit status 1', (t) => {
  const folder = scratch(t);
  writeFileSync(join(folder, 'nodes.yaml'), 'nodes:\n  - name: a\n    mak: 52:54:00:00:00:01\n');
  const { status, stderr } = homepbp(['build'], folder);
  assert.equal(status, 1);
  assert.match(stderr, /^nodes\.yaml:3:5: unknown key 'mak'$/m);
});

test('stray words and a swallowed flag are refused', (t) => {
  const folder = scratch(t);
  assert.match(homepbp(['build', 'now'], folder).stderr, /build: .*'now'/);
});

test('a PATH without Node.js, as sudo may leave it, finds the pinned one', (t) => {
  const { status, stdout, stderr } = homepbp(['help'], scratch(t), '/usr/sbin:/sbin');
  if (!readdirSync(join(ROOT, 'node_modules')).some((name) => name.startsWith('node-'))) {
    assert.match(stderr, /no Node\.js found/);
  } else {
    assert.equal(status, 0, stderr);
    assert.match(stdout, /usage:/);
  }
});
