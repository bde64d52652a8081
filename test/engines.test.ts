// Which Node.js the packages ask for: npm ci warns of each that asks for a newer one.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface Package {
  readonly engines?: { readonly node?: string };
}

const lock: { packages: Readonly<Record<string, Package>> } = JSON.parse(
  readFileSync(join(import.meta.dirname, '../package-lock.json'), 'utf8'),
);
/** The oldest of each line that package.json's engines takes. */
const OLDEST = ['20.19.0', '22.12.0', '24.0.0'];

const numbers = (version: string) => version.split('.').map(Number);

function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [numbers(version), numbers(least)];
  const at = [0, 1, 2].find((index) => have[index] !== (want[index] ?? 0));
  return at === undefined || (have[at] ?? 0) > (want[at] ?? 0);
}

/** Ranges as the packages of the lock have them: `>=`, `^`, a bare major, and `||` between. */
function takes(range: string, version: string): boolean {
  return range.split('||').some((alternative) =>
    alternative
      .trim()
      .replaceAll(/>=\s+/g, '>=')
      .split(/\s+/)
      .every((comparator) => {
        const [, sign, least = ''] = /^(>=|\^)?(\d+(?:\.\d+){0,2})$/.exec(comparator) ?? [];
        assert.ok(least, `an unknown range: ${range}`);
        const isSameMajor = numbers(least)[0] === numbers(version)[0];
        return isAtLeast(version, least) && (sign === '>=' || isSameMajor);
      }),
  );
}

test('ranges', () => {
  assert.ok(takes('^20.19.0 || >=22.12.0', '20.19.0'));
  assert.ok(!takes('^20.19.0 || >=22.12.0', '22.11.0'));
  assert.ok(takes('>= 18', '20.1.0'));
  assert.ok(!takes('>=16 || 14 >=14.17', '15.0.0'));
});

test('every package takes every Node.js that we take', () => {
  const tooNew = Object.entries(lock.packages).flatMap(([path, { engines }]) => {
    // What only WebAssembly needs is installed nowhere.
    if (engines?.node === undefined || path.includes('wasm')) return [];
    const { node: range } = engines;
    return OLDEST.filter((version) => !takes(range, version)).map(
      (version) => `${path || 'homepbp'} asks for ${range}, not ${version}`,
    );
  });
  assert.deepEqual(tooNew, []);
});
