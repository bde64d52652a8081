import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { runHomepbp } from './run-homepbp.trial.ts';
import { wideModes, wideModesRemarks } from './secret-modes.ts';

/** A secrets/ as a build leaves it. */
function makeSecrets(t: TestContext, name = 'secrets'): string {
  const project = realpathSync(mkdtempSync(join(tmpdir(), 'homepbp-modes-')));
  t.after(() => rmSync(project, { recursive: true }));
  const folder = join(project, name);
  mkdirSync(folder, { mode: 0o700 });
  for (const file of ['token', 'peer-key']) writeFileSync(join(folder, file), 'x', { mode: 0o600 });
  writeFileSync(join(folder, '.build.lock'), '');
  chmodSync(join(folder, '.build.lock'), 0o644);
  return folder;
}

test('as the build makes it, or not there at all: nothing to say', (t) => {
  const folder = makeSecrets(t);
  assert.deepEqual(wideModesRemarks(folder), []);
  assert.equal(wideModes(join(folder, 'none')), null);
});

for (const mode of [0o640, 0o604, 0o644, 0o620, 0o602]) {
  test(`a file with mode ${mode.toString(8)} is reported, and the printed command closes it`, (t) => {
    const folder = makeSecrets(t, "anna's secrets");
    chmodSync(join(folder, 'token'), mode);
    const found = wideModes(folder);
    assert.equal(
      found?.what,
      `${folder}/token can be read by other users of this computer (mode ${mode.toString(8)})`,
    );
    execFileSync('sh', ['-c', found?.fix ?? '']);
    assert.equal(wideModes(folder), null);
  });
}

test('the folder itself, files below it, and how many there are', (t) => {
  const folder = makeSecrets(t);
  mkdirSync(join(folder, 'sub'), { mode: 0o700 });
  writeFileSync(join(folder, 'sub/key'), 'x');
  writeFileSync(join(folder, 'sub/.lock'), '');
  chmodSync(join(folder, 'sub/.lock'), 0o644);
  chmodSync(join(folder, 'sub/key'), 0o644);
  chmodSync(folder, 0o755);
  const [remark = ''] = wideModesRemarks(folder);
  assert.match(
    remark,
    /^warning: .*\/secrets and 1 more can be read .* \(mode 755\)\n {2}hint: chmod /,
  );
  chmodSync(folder, 0o700);
  assert.match(wideModes(folder)?.what ?? '', /secrets\/sub\/key can be read/);
});

test('a secrets/ that is a link: the command names what it leads to', (t) => {
  const folder = makeSecrets(t);
  const link = `${folder}-link`;
  symlinkSync(folder, link);
  chmodSync(join(folder, 'token'), 0o644);
  const { fix = '' } = wideModes(link) ?? {};
  assert.equal(fix, `chmod -R go= ${folder}`);
  execFileSync('sh', ['-c', fix]);
  assert.equal(wideModes(link), null);
});

test('each build reports a token that others can read', async (t) => {
  const project = dirname(makeSecrets(t, 'other'));
  const nodes = 'nodes: [{ name: a, mac: 52:54:00:12:34:01 }]\n';
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk';
  writeFileSync(join(project, 'nodes.yaml'), `ssh: { keys: ["${key}"] }\n${nodes}`);
  const build = () => runHomepbp(['build'], { cwd: project, home: project });
  const first = await build();
  assert.equal(first.status, 0, first.stderr);
  assert.doesNotMatch(first.stderr, /other users/);
  chmodSync(join(project, 'secrets/token'), 0o644);
  const warning =
    'warning: secrets/token can be read by other users of this computer (mode 644)\n  hint: chmod -R go= secrets\n';
  for (const again of [await build(), await build()]) assert.ok(again.stderr.includes(warning));
});

test('a folder that somebody else made counts for nothing, its files do', {
  skip: process.getuid?.() !== 0,
}, (t) => {
  t.after(() => process.seteuid?.(0));
  const folder = makeSecrets(t);
  chmodSync(folder, 0o755);
  chmodSync(dirname(folder), 0o755);
  process.seteuid?.(65_534);
  assert.equal(wideModes(folder), null);
  process.seteuid?.(0);
  chmodSync(join(folder, 'token'), 0o644);
  process.seteuid?.(65_534);
  assert.match(wideModes(folder)?.what ?? '', /token can be read/);
  process.seteuid?.(0);
});
