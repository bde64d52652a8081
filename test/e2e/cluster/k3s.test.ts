// What K3S_BIN changes: which program, how its etcd is asked, what lies beside the configuration.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseYaml } from '../../../build/yaml.ts';

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

test('with it that program runs, agentless, and its etcd is asked by its certificates', () => {
  assert.equal(withK3s('/bin/true', 'k3s.K3S'), '/bin/true');
  const words = String(withK3s('/bin/true', 'k3s.etcdctl("get", "x")'));
  assert.match(words, /https:\/\/127\.0\.0\.1:2379,.*client\.crt,.*client\.key,get,x$/);
  const config = parseYaml(
    readFileSync(String(withK3s('/bin/true', 'k3s.REAL_K3S_CONFIG')), 'utf8'),
  );
  assert.ok(config.root?.kind === 'mapping' && config.root.entries.has('disable-agent'));
  assert.equal(withK3s('/bin/true', 'k3s.HAS_AGENTS'), false);
});

test('a program that is not there is said before any case runs', () => {
  assert.throws(() => withK3s('/no/such/k3s', 'k3s.checkK3s()'), /K3S_BIN is no program/);
});
