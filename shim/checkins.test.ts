// The latch over real HTTP: what Genesis proves, and what a check-in must prove to close it.
import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { proof } from '../trust/proof.ts';
import { MOST_BEYOND } from './founding.ts';
import { until } from './http/server.trial.ts';
import { FILES, NONCE, openLive, SERVER, stateFile } from './live.trial.ts';

const CLAIM = { mac: SERVER, stage: 'founded', message: 'CA hash', epoch: 1 } as const;
const FOUNDED = (epoch: number) =>
  JSON.stringify({ version: 1, epoch, node: 'k8s-node09', at: '2026-01-01T00:00:00.000Z' });

test("the latch is proved to each node's nonce, by every kept key", async (t) => {
  const { founding, write, challenge } = await openLive(t, SERVER);
  const proofs = (...fields: string[]) =>
    ['new key', 'old key'].map((key) => proof(key, 'latch', NONCE, ...fields));
  const { challenge: made, ...open } = await founding(NONCE);
  assert.match(made ?? '', /^[0-9a-f]{32}$/);
  assert.notEqual(await challenge(), made);
  const asked = { version: 1, epoch: 1, nonce: NONCE };
  assert.deepEqual(open, { ...asked, founded: false, proofs: proofs('open', '1') });
  write('state/founded.json', FOUNDED(3));
  const closed = await founding(NONCE);
  assert.deepEqual(closed.proofs, proofs('founded', '3'));
  assert.deepEqual([closed.founded, closed.epoch], [true, 3]);
  assert.deepEqual(await founding(), { version: 1, founded: true, epoch: 3 }, 'without a nonce');
});

test('a nonce that is none is reported', async (t) => {
  const { ask } = await openLive(t, SERVER);
  for (const nonce of ['', 'x', NONCE.toUpperCase(), `${NONCE}00`, NONCE.slice(1)]) {
    const { status, body } = await ask(`/api/founding?nonce=${nonce}`);
    assert.deepEqual([status, String(body)], [400, 'HomePBP: nonce is not 32 hex digits\n'], nonce);
  }
  assert.equal((await ask('/api/founding?other=1')).status, 200);
});

test('a Genesis without secrets has no latch, and takes no founding', async (t) => {
  const { 'secrets/issued/secrets.json': _, ...files } = FILES;
  const { ask, post, state } = await openLive(t, SERVER, files);
  for (const query of ['', `?nonce=${NONCE}`]) {
    const { status, body } = await ask(`/api/founding${query}`);
    assert.equal(status, 503);
    assert.match(
      String(body),
      /^HomePBP: this Genesis has no secrets: run \.\/homepbp build there/,
    );
  }
  const proved = {
    challenge: NONCE,
    proof: proof('', 'check-in', NONCE, SERVER, 'founded', '1', ''),
  };
  assert.equal((await post({ ...CLAIM, ...proved })).status, 403);
  assert.equal(stateFile(state, 'founded.json'), '');
  assert.equal((await post({ mac: SERVER, stage: 'root' })).status, 204, 'shown all the same');
});

test('a founding without a right proof closes nothing, and is not kept', async (t) => {
  const live = await openLive(t, SERVER);
  const { post, proved, challenge, state, view } = live;
  const fresh = async () => await proved(CLAIM);
  const made = (number: string) =>
    proof('new key', 'check-in', number, SERVER, 'founded', '1', 'CA hash');
  const spent = await fresh();
  assert.equal((await post({ ...spent, stage: 'founded', error: 'no' })).status, 204);
  const claims: [string, object][] = [
    ['no proof', CLAIM],
    ['no challenge', { ...CLAIM, proof: made('') }],
    ['a challenge that we did not make', { ...CLAIM, challenge: NONCE, proof: made(NONCE) }],
    ['a proof by another key', await proved(CLAIM, 'their key')],
    ["a proof by an agent's key", await proved(CLAIM, proof('new key', 'agent', 'k8s-node01'))],
    ['of another epoch', { ...(await fresh()), epoch: 2 }],
    ['of another message', { ...(await fresh()), message: 'other hash' }],
    ['of another stage', { ...(await proved({ ...CLAIM, stage: 'cluster' })), stage: 'founded' }],
    ['of another node', { ...(await proved({ ...CLAIM, mac: '52-54-00-12-34-02' })), mac: SERVER }],
    ['of another challenge', { ...(await fresh()), challenge: await challenge() }],
    ['again', spent],
  ];
  for (const [what, claim] of claims) {
    const answer = await post(claim);
    assert.equal(answer.status, 403, what);
    assert.equal(
      await answer.text(),
      'HomePBP: the check-in of k8s-node01 has no valid proof by a key of this cluster, so it closes no latch\n',
    );
    live.clock.advance(1000);
  }
  assert.equal((await post({ ...CLAIM, proof: 'x' })).status, 400);
  assert.equal(stateFile(state, 'founded.json'), '');
  assert.equal((await view()).founding.founded, false);
  const old = await proved(CLAIM, 'old key');
  assert.equal((await post(old)).status, 204, 'by the key of a kept set');
  assert.equal((await view()).founding.founder, 'k8s-node01');
  const { cluster } = (await view()).nodes[0]?.stages ?? {};
  assert.equal(cluster?.message, 'k3s is up; its CA is CA hash');
  assert.equal((await post(old)).status, 403, 'each only once');
});

test('a challenge outlives neither five minutes nor the shim', async (t) => {
  const { clock, proved, post, restart } = await openLive(t, SERVER);
  const late = await proved(CLAIM);
  clock.advance(301_000);
  assert.equal((await post(late)).status, 403);
  const old = await proved(CLAIM);
  await restart();
  assert.equal((await post(old)).status, 403);
  assert.equal((await post(await proved(CLAIM))).status, 204);
});

test('an epoch a little beyond that of nodes.yaml is a founding after an abandoned founder; further, it is not kept', async (t) => {
  const live = await openLive(t, SERVER);
  const found = async (epoch: number) => live.post(await live.proved({ ...CLAIM, epoch }));
  for (const epoch of [1 + MOST_BEYOND + 1, 2 ** 31 - 1]) {
    const answer = await found(epoch);
    assert.equal(answer.status, 409);
    assert.equal(
      await answer.text(),
      `HomePBP: a founding in epoch ${epoch} is not remembered: nodes.yaml has epoch 1; put the right one there and rebuild\n`,
    );
  }
  for (const epoch of [0, 2 ** 31, 2 ** 53 - 1])
    assert.equal((await found(epoch)).status, 400, `${epoch}`);
  assert.equal(stateFile(live.state, 'founded.json'), '');
  live.clock.advance(5000);
  assert.equal((await found(1 + MOST_BEYOND)).status, 204);
  assert.equal((await live.founding()).epoch, 1 + MOST_BEYOND);
});

test('a founded.json from far beyond is reported at the start', async (t) => {
  const { write, restart, lines } = await openLive(t, SERVER);
  write('state/founded.json', FOUNDED(2 ** 31 - 1));
  await restart();
  const said = lines.map(({ fields }) => `${fields?.reason}`).join('\n');
  assert.match(
    said,
    /^founded\.json says that k8s-node09 founded a cluster of epoch 2147483647, but nodes\.yaml has 1: /,
  );
});

test('what is not proved is shown, but the journal does not have it', async (t) => {
  const { post, proved, state, view, restart } = await openLive(t, SERVER);
  const said = { mac: SERVER, stage: 'disk', message: 'unproved' };
  assert.equal((await post(said)).status, 204);
  assert.equal((await post({ ...said, challenge: NONCE, proof: '0'.repeat(64) })).status, 204);
  assert.equal((await view()).nodes[0]?.stages.disk?.message, 'unproved');
  assert.ok(!readdirSync(state).includes('checkins.jsonl'));
  assert.equal((await post(await proved({ ...said, message: 'proved' }))).status, 204);
  await until(() => /"proved"/.test(stateFile(state, 'checkins.jsonl')), 'a line');
  assert.equal(stateFile(state, 'checkins.jsonl').split('\n').length, 2);
  await restart();
  rmSync(join(state, 'timeline.json'));
  await restart();
  assert.equal((await view()).nodes[0]?.stages.disk?.message, 'proved');
});
