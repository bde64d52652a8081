// What K3S_BIN changes: which program, how its etcd is asked, what is beside the configuration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const MODULE = join(import.meta.dirname, 'k3s.ts');

function withK3s(K3S_BIN: string, expression: string): unknown {
  const program = `const k3s = await import(${JSON.stringify(MODULE)}); console.log(JSON.stringify(${expression}) ?? null)`;
  const words = ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program];
  const env = { PATH: process.env.PATH, K3S_BIN };
  const { status, stdout, stderr } = spawnSync(process.execPath, words, { env, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

test('without it the stand-in runs, whose etcd speaks plainly', () => {
  assert.match(String(withK3s('', 'k3s.K3S')), /test\/k3s-stand-in\/k3s$/);
  assert.equal(withK3s('', 'k3s.REAL_K3S_CONFIG'), null);
  assert.match(String(withK3s('', 'k3s.etcdctl("get", "x")')), /http:\/\/127\.0\.0\.1:2379,get,x$/);
  assert.equal(withK3s('', 'k3s.checkK3s()'), null);
  assert.equal(withK3s('', 'k3s.HAS_AGENTS'), true);
});

/** A program that has these flags, and no other commands than these. */
function program(t: TestContext, flags: string, commands = 'server|kubectl'): string {
  const folder = mkdtempSync(join(tmpdir(), 'k3s-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'k3s');
  const script = `#!/bin/sh\ncase $1 in ${commands}) echo "   --${flags} value  (what it is)" ;; *) exit 1 ;; esac\n`;
  writeFileSync(path, script, { mode: 0o755 });
  return path;
}

test('with it that program runs, agentless, and its etcd is asked by its certificates', (t) => {
  const path = program(t, 'flannel-backend');
  assert.equal(withK3s(path, 'k3s.K3S'), path);
  const words = String(withK3s(path, 'k3s.etcdctl("get", "x")'));
  assert.match(words, /https:\/\/127\.0\.0\.1:2379,.*client\.crt,.*client\.key,get,x$/);
  assert.match(String(withK3s(path, 'k3s.REAL_K3S_CONFIG')), /^disable-agent: true$/m);
  assert.equal(withK3s(path, 'k3s.checkK3s()'), null);
  assert.equal(withK3s(path, 'k3s.HAS_AGENTS'), false);
});

test('a version is given no setting that it has no flag for', (t) => {
  const path = program(t, 'flannel-backend (x) --disable');
  const keys = String(withK3s(path, 'k3s.REAL_K3S_CONFIG')).match(/^[a-z-]+(?=:)/gm);
  assert.deepEqual(keys, ['disable-agent', 'flannel-backend', 'disable']);
});

test('a program that is not k3s, or one without kubectl, is refused', (t) => {
  for (const path of [program(t, 'disable'), program(t, 'flannel-backend', 'server')]) {
    assert.throws(
      () => withK3s(path, 'k3s.checkK3s()'),
      /no `server --flannel-backend` or no `kubectl`/,
    );
  }
});

test('a program that is not there is said before any case runs', () => {
  assert.throws(
    () => withK3s('/no/such/k3s', 'k3s.checkK3s()'),
    /K3S_BIN is not an executable program/,
  );
});
