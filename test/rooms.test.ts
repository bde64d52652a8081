// Which room may import which: build/ and shim/ meet only in dist/ and contract/.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { test } from 'node:test';

const ROOT = join(import.meta.dirname, '..');

/** Leaves, which every room may import. */
const LEAVES = ['contract', 'durable', 'formats', 'messages', 'trust'];

/** Each room and the others that it may import from, besides the leaves. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  contract: [],
  durable: [],
  formats: [],
  messages: [],
  trust: [],
  build: [],
  fetch: [],
  dhcp: [],
  shim: ['dhcp'],
  web: [],
  payload: [],
  cli: ['build', 'fetch', 'dhcp', 'shim', 'web', 'test'],
  test: ['build', 'fetch', 'dhcp', 'shim', 'web', 'cli'],
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

/** A leaf imports nothing but the contract's types and what is said to people. */
function mayImport(from: string, to: string): boolean {
  if (from === 'messages') return false;
  if (from === 'contract' || from === 'durable') return to === 'messages';
  if (from === 'trust') return to === 'contract';
  return LEAVES.includes(to) || (MAY_IMPORT[from]?.includes(to) ?? false);
}

test('rooms import only what they may', () => {
  const all = Object.keys(MAY_IMPORT).flatMap(sourcesOf).flatMap(crossings);
  assert.ok(all.length > 10, 'the test sees imports at all');
  const wrong = all.filter(({ from, to }) => !mayImport(from, to));
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

const RUNTIME_IMPORT = /^(?:import|export) (?!type )[^;]*?from '(\.[^']*)';$/gm;

/** The files of the first circle of imports below a file, types aside; empty: none. */
function circleFrom(file: string, path: readonly string[], done: Set<string>): readonly string[] {
  if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
  if (done.has(file)) return [];
  done.add(file);
  const targets = [...readFileSync(file, 'utf8').matchAll(RUNTIME_IMPORT)]
    .map(([, target = '']) => resolve(dirname(file), target))
    .filter((target) => /\.tsx?$/.test(target));
  for (const target of targets) {
    const circle = circleFrom(target, [...path, file], done);
    if (circle.length > 0) return circle;
  }
  return [];
}

test('no files import each other in a circle', () => {
  const done = new Set<string>();
  const circles = Object.keys(MAY_IMPORT)
    .flatMap(sourcesOf)
    .map((file) => circleFrom(file, [], done))
    .filter((circle) => circle.length > 0);
  assert.deepEqual(
    circles.map((circle) => circle.map((file) => relative(ROOT, file))),
    [],
  );
});

/** A file and all that it imports as it starts, types aside. */
function closureOf(file: string, seen = new Set<string>()): Set<string> {
  if (seen.has(file)) return seen;
  seen.add(file);
  for (const [, target = ''] of readFileSync(file, 'utf8').matchAll(RUNTIME_IMPORT))
    closureOf(resolve(dirname(file), target), seen);
  return seen;
}

test('the container has all that serve imports', () => {
  const lines = readFileSync(join(ROOT, '.dockerignore'), 'utf8').split('\n');
  const image = lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const files = [...closureOf(join(ROOT, 'cli/serve.ts')), ...closureOf(join(ROOT, 'cli/main.ts'))];
  assert.ok(files.length > 50);
  const missing = files
    .map((file) => relative(ROOT, file))
    .filter((file) => !image.includes(file.split('/')[0] ?? ''));
  assert.deepEqual(missing, []);
});
