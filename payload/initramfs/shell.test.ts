// Every shell script of the payload parses in the shells that run it, and shellcheck finds nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';
import { SKIP } from '../run-parts.trial.ts';

const PAYLOAD = join(import.meta.dirname, '..');
const CHECKERS = [
  ['sh', '-n'],
  ['dash', '-n'],
  ['busybox', 'sh', '-n'],
  ['shellcheck', '-s', 'sh'],
];

const scripts = readdirSync(PAYLOAD, { recursive: true, encoding: 'utf8' })
  .map((name) => join(PAYLOAD, name))
  .filter(isShellScript);

/** By its ending or its first line. */
function isShellScript(path: string): boolean {
  if (path.endsWith('.sh')) return true;
  if (/\.\w+$/.test(path)) return false;
  try {
    return /^#!.*\bsh\b/.test(readFileSync(path, 'utf8').split('\n')[0] ?? '');
  } catch {
    return false; // A folder.
  }
}

test('the boot script and its parts are found', () => {
  const names = scripts.map((path) => path.slice(PAYLOAD.length + 1));
  assert.ok(names.includes('initramfs/init'));
  assert.ok(names.includes('initramfs/steps/console.sh'));
});

for (const [program = '', ...words] of CHECKERS) {
  test(`${[program, ...words].join(' ')} accepts every script`, { skip: SKIP }, (t) => {
    for (const path of scripts) {
      const result = spawnSync(program, [...words, path], { encoding: 'utf8', cwd: PAYLOAD });
      if (result.error !== undefined) {
        if (process.env.HOMEPBP_REQUIRE_TOOLS === '1') throw result.error;
        t.diagnostic(`${program} is not installed; its check did not run`);
        return;
      }
      assert.equal(result.status, 0, result.stdout + result.stderr);
    }
  });
}

/** What one shell sources together: of two functions of one name, the later would replace the other. */
const TOGETHER: Readonly<Record<string, RegExp>> = {
  'the initramfs': /^(initramfs\/(init|steps\/.*)|boot\/slots\.sh|disk\/labels\.sh)$/,
  'the disk program': /^disk\/(prepare|.*\.sh)$/,
};

for (const [what, names] of Object.entries(TOGETHER)) {
  test(`no two functions of ${what} have one name`, () => {
    const places = new Map<string, string[]>();
    for (const path of scripts) {
      const name = relative(PAYLOAD, path);
      if (!names.test(name)) continue;
      for (const [, called = ''] of readFileSync(path, 'utf8').matchAll(
        /^[ \t]*([A-Za-z_]\w*)[ \t]*\(\)/gm,
      )) {
        places.set(called, [...(places.get(called) ?? []), name]);
      }
    }
    assert.ok(places.size > 20, 'functions are found');
    assert.deepEqual(
      [...places].filter(([, found]) => found.length > 1),
      [],
    );
  });
}
