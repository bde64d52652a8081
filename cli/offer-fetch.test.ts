import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { fetchChoice, type Offer, wantsFetch } from './offer-fetch.ts';
import { Screen } from './screen.ts';

const NODE = '{ name: a, mac: 52:54:00:12:34:01 }';

/** Whether a project without media wants its fetch, and what was said. */
async function decide(t: TestContext, change: Partial<Offer>, text = `nodes: [${NODE}]\n`) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-offer-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const inventory = join(folder, 'nodes.yaml');
  writeFileSync(inventory, text);
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const voice = { say, log: () => {}, isJson: false, screen: new Screen(say) };
  const { signal } = new AbortController();
  const offer = { inventory, media: join(folder, 'media'), voice, signal, terminal: null };
  return { isWanted: await wantsFetch({ choice: 'ask', ...offer, ...change }), said };
}

test('without a terminal nobody is asked: it says what is missing, and how to get it', async (t) => {
  for (const choice of ['ask', 'no'] as const) {
    const { isWanted, said } = await decide(t, { choice });
    assert.equal(isWanted, false);
    assert.match(
      said.join('\n'),
      /^not fetched yet: Ubuntu 20\.04 for amd64 and k3s stable \(about .*\)\n {2}hint: run \.\/homepbp fetch in another terminal, .* --fetch$/,
    );
  }
});

test('--fetch needs no terminal', async (t) => {
  const { isWanted, said } = await decide(t, { choice: 'yes' });
  assert.deepEqual([isWanted, said.length], [true, 1]);
  assert.match(said[0] ?? '', /^fetching Ubuntu .*; serving meanwhile$/);
});

test('a closed terminal means no, and then it says how to do it later', async (t) => {
  const terminal = new PassThrough();
  terminal.end();
  const { isWanted, said } = await decide(t, { terminal });
  assert.equal(isWanted, false);
  assert.match(said.at(-1) ?? '', /hint: run \.\/homepbp fetch/);
});

test("an inventory with errors is the build's to report", async (t) => {
  assert.deepEqual(await decide(t, { choice: 'yes' }, 'nodes: [\n'), { isWanted: false, said: [] });
});

test('flags decide; those that contradict each other are refused', () => {
  const choice = (...names: string[]) => {
    const has = (name: string) => names.includes(name);
    return fetchChoice({
      fetch: has('fetch'),
      'no-fetch': has('no-fetch'),
      offline: has('offline'),
    });
  };
  assert.deepEqual(
    [choice(), choice('fetch'), choice('no-fetch'), choice('offline')],
    ['ask', 'yes', 'no', 'no'],
  );
  assert.throws(
    () => choice('fetch', 'no-fetch'),
    /start: --fetch and --no-fetch cannot be combined/,
  );
  assert.throws(() => choice('fetch', 'offline'), /--fetch and --offline/);
});
