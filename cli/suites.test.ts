// Every test file belongs to one suite, and the quick suite keeps off the machine that it runs on.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';
import { patternsOf, testWords } from './suites.ts';

const ROOT = join(import.meta.dirname, '..');

/** What makes loop devices, namespaces, machines or users: for system suites only. */
const FOR_SYSTEM_ONLY = [
  'payload/disk/disks.trial.ts',
  'payload/grub/grub.trial.ts',
  'shim/proxy-dhcp/namespaces.trial.ts',
  'test/privileges/privileges.trial.ts',
  'test/service/systemd.ts',
];

const IMPORT = /(?:from|import\()\s*'(\.[^']*\.ts)'/g;

/** A file and all that it imports, directly or not, by their paths in the repository. */
function withImports(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target = ''] of readFileSync(join(ROOT, file), 'utf8').matchAll(IMPORT)) {
    withImports(relative(ROOT, resolve(ROOT, dirname(file), target)), seen);
  }
  return seen;
}

const filesOf = (patterns: string | readonly string[]) =>
  globSync(patterns, { cwd: ROOT, exclude: ['node_modules', '.cache'] }).sort();

test('each suite is found whole, wherever its files are', () => {
  for (const suite of ['test', 'system'] as const) {
    const found = filesOf(patternsOf(suite));
    assert.ok(found.length > 10, suite);
    assert.deepEqual(found, filesOf(`**/*.${suite}.ts`));
  }
});

test('requested files replace the suite', () => {
  const words = testWords('system', ['a.system.ts']);
  assert.deepEqual([words[0], words.slice(2)], ['--test', ['a.system.ts']]);
});

test('no quick test makes loop devices, namespaces, machines or users', () => {
  for (const file of FOR_SYSTEM_ONLY) readFileSync(join(ROOT, file));
  for (const file of filesOf(patternsOf('test'))) {
    const wrong = FOR_SYSTEM_ONLY.filter((one) => withImports(file).has(one));
    assert.deepEqual(wrong, [], `${file}: call it ${file.replace(/test\.ts$/, 'system.ts')}`);
  }
});
