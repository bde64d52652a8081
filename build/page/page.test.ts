// The page as files: what Vite gives, that it is the same every time, and when it is built.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { readPage } from './page.ts';
import { bundlePage, loadVite, type Page } from './vite.ts';

const vite = await loadVite();
assert.ok(typeof vite !== 'string', 'vite is installed');

function cacheIn(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-page-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'kept/page.json');
}

const indexOf = (page: Page) => page.get('index.html') ?? '';

test('the page works in any folder of any server, and contacts no other', async () => {
  const page = await bundlePage(vite);
  // Vite puts a hash into the names, which also says which of them comes first.
  const kinds = [...page.keys()].map((path) => path.replace(/-[\w-]{8}\./, '.')).sort();
  assert.deepEqual(kinds, ['assets/index.css', 'assets/index.js', 'index.html']);
  const links = [...indexOf(page).matchAll(/ (?:src|href)="([^"]*)"/g)].map(([, link]) => link);
  assert.ok(links.length >= 3);
  for (const link of links) assert.match(link ?? '', /^(\.\/assets\/|data:)/);
  for (const [path, text] of page) {
    const addresses = text.match(/https?:\/\/[\w.-]+/g) ?? [];
    // The names of XML namespaces are no addresses.
    assert.deepEqual(
      addresses.filter((address) => address !== 'http://www.w3.org'),
      [],
      path,
    );
  }
});

// The words of a function that no view uses are not in it.
test('the page says what to do while there are no nodes', async () => {
  const page = await bundlePage(vite);
  assert.ok([...page.values()].some((text) => text.includes('Switch on a machine')));
});

test('its policy forbids inline scripts and styles, and has none', async () => {
  const index = indexOf(await bundlePage(vite));
  assert.match(
    index,
    /http-equiv="Content-Security-Policy" content="default-src 'none'; script-src 'self';/,
  );
  assert.doesNotMatch(index, /<script(?![^>]* src=)|<style| style=| on[a-z]+=/);
  assert.ok(
    index.indexOf('Content-Security-Policy') < index.indexOf('<script'),
    'before what it rules',
  );
});

test('the same sources give the same bytes, within a size limit', async (t) => {
  const [one, two] = [await bundlePage(vite), await bundlePage(vite)];
  assert.deepEqual([...one], [...two]);
  const bytes = [...one.values()].reduce((sum, text) => sum + gzipSync(text).length, 0);
  t.diagnostic(`${bytes} bytes compressed`);
  assert.ok(bytes < 25_000, `${bytes} bytes compressed`);
});

test('the page is built once, cached, and built again when the cache is unusable', async (t) => {
  const cache = cacheIn(t);
  let loads = 0;
  const load = () => {
    loads += 1;
    return loadVite();
  };
  const first = await readPage(cache, load);
  assert.deepEqual(first.remarks, []);
  assert.deepEqual(await readPage(cache, load), first);
  assert.equal(loads, 1);
  for (const damage of [
    '',
    '{"sources":1}',
    readFileSync(cache, 'utf8').replace(/"sources":"./, '"sources":"-'),
  ]) {
    writeFileSync(cache, damage);
    assert.deepEqual(await readPage(cache, load), first);
  }
  assert.equal(loads, 4);
});

test('a cache that cannot be written costs time only', async (t) => {
  const cache = cacheIn(t);
  writeFileSync(join(cache, '../..', 'kept'), 'a file where the folder should be');
  const { files } = await readPage(cache);
  assert.ok(files.has('index.html'));
});

test('without vite the cached page is used; without that, the tree has none and the build says so', async (t) => {
  const cache = cacheIn(t);
  const load = async () => 'vite is not installed';
  const none = await readPage(cache, load);
  assert.equal(none.files.size, 0);
  assert.deepEqual(none.remarks, ['note: dist/ has no status page: vite is not installed']);
  const built = await readPage(cache);
  assert.deepEqual(await readPage(cache, load), built);
});

test('a vite that this Node.js cannot load is not reported as missing', async () => {
  const load = async () => {
    throw new SyntaxError("'node:util' has no export 'styleText'\n    at link");
  };
  const reason = await loadVite(load);
  assert.match(
    String(reason),
    /^vite \d+\.\d+\.\d+, which needs Node\.js \S.*, does not load under \d+\.\d+\.\d+: .*'styleText'$/,
  );
});
