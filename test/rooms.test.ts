// Which room may import which: build/ and shim/ meet only in dist/ and contract/.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** Each room and the others that it may import from; contract/ is a leaf. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  formats: ['contract'],
  build: ['contract', 'formats'],
  fetch: ['contract', 'formats'],
  dhcp: ['contract'],
  shim: ['contract', 'dhcp'],
  web: ['contract'],
  payload: [],
  cli: ['contract', 'formats', 'build', 'fetch', 'dhcp', 'shim', 'web', 'test'],
  test: ['contract', 'formats', 'build', 'fetch', 'dhcp', 'shim', 'web', 'cli'],
};

const IMPORT = /(?:from|import\()\s*'(\.[^']*)'/g;

function sourcesOf(room: string): string[] {
  if (!existsSync(join(ROOT, room))) return [];
  return readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => join(ROOT, room, name));
}

/** The imports of a file that leave its room, as `file → room`. */
function crossings(file: string): { file: string; from: string; to: string }[] {
  const [from = ''] = relative(ROOT, file).split('/');
  return [...readFileSync(file, 'utf8').matchAll(IMPORT)]
    .map(([, target = '']) => relative(ROOT, resolve(dirname(file), target)))
    .map((target) => ({ file: relative(ROOT, file), from, to: target.split('/')[0] ?? '' }))
    .filter(({ to }) => to !== from);
}

test('rooms import only what they may', () => {
  const all = Object.keys(MAY_IMPORT).flatMap(sourcesOf).flatMap(crossings);
  assert.ok(all.length > 10, 'the test sees imports at all');
  const wrong = all.filter(({ from, to }) => !MAY_IMPORT[from]?.includes(to));
  assert.deepEqual(wrong, []);
});

test('every folder with TypeScript is a known room', () => {
  const folders = readdirSync(ROOT, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !/^(\.|node_modules$)/.test(entry.name))
    .map(({ name }) => name)
    .filter((name) => sourcesOf(name).length > 0);
  assert.deepEqual(
    folders.filter((name) => MAY_IMPORT[name] === undefined),
    [],
  );
});
