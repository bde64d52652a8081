// Colours on a real terminal, and nowhere else.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const HOMEPBP = join(import.meta.dirname, '../homepbp');
const absent =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' &&
  spawnSync('script', ['--version']).error !== undefined;

test('a terminal shows colours, a pipe none; NO_COLOR and FORCE_COLOR decide', {
  skip: absent,
}, (t) => {
  const cwd = mkdtempSync(join(tmpdir(), 'homepbp-colour-'));
  t.after(() => rmSync(cwd, { recursive: true }));
  const key = `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk a`;
  const nodes = 'nodes: [{ name: a, mac: 52-54-00-12-34-01 }]';
  writeFileSync(join(cwd, 'nodes.yaml'), `ssh: { keys: ["${key}"] }\n${nodes}\n`);
  const isColoured = (words: readonly string[], variables: NodeJS.ProcessEnv) => {
    const { NO_COLOR, FORCE_COLOR, NODE_DISABLE_COLORS, CI, ...rest } = process.env;
    const env = { ...rest, TERM: 'xterm-256color', ...variables };
    const [program = '', ...args] = words;
    const { status, stdout } = spawnSync(program, args, { cwd, env, encoding: 'utf8' });
    assert.equal(status, 0, stdout);
    return stdout.includes('\x1b[1m');
  };
  const piped = [HOMEPBP, 'explain', 'a'];
  const typed = ['script', '-qec', `'${HOMEPBP}' explain a`, '/dev/null'];
  assert.equal(isColoured(piped, {}), false);
  assert.equal(isColoured(piped, { FORCE_COLOR: '1' }), true);
  assert.equal(isColoured(typed, {}), true);
  assert.equal(isColoured(typed, { NO_COLOR: '1' }), false);
  assert.equal(isColoured(typed, { TERM: 'dumb' }), false);
});
