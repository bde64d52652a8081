// POST /api/enroll over real HTTP: who gets what.
import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { proof } from '../../trust/proof.ts';
import { AGENT, FILES, ISSUED, NONCE, SERVER } from '../live.trial.ts';
import {
  answerIn,
  changed,
  ONE,
  openEnrolment,
  RECORD,
  STATE,
  secretsIn,
  stateOf,
  THREE,
  TWO,
} from './enrolment.trial.ts';

const SECRET = /new (token|agents|key)|old (token|agents|key)|[0-9a-f]{64}/;

test('the first key of a node is pinned, and its secrets are sealed to it', async (t) => {
  const live = await openEnrolment(t);
  const response = await live.ask(ONE);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const answer = await answerIn(response);
  const { proofs, sealed } = answer;
  assert.deepEqual(secretsIn(answer, ONE), {
    ...{ version: 2, name: 'k8s-node01', role: 'server', set: '00000000000000aa' },
    ...{ token: 'new token', agent_token: 'new agents', peer_key: 'new key', node_password: null },
    kept: ISSUED.sets.map(({ id }) => id),
  });
  const keys = ['new key', 'old key'];
  assert.deepEqual(
    proofs,
    keys.map((key) => proof(key, 'enroll', NONCE, sealed.tag)),
  );
  const { pinned, ...rest } = live.record();
  assert.deepEqual(rest, { version: 1, name: 'k8s-node01', admitted: null, refused: null });
  assert.deepEqual(pinned, {
    ...{ at: pinned?.at, address: '127.0.0.1', fingerprint: pinned?.fingerprint, mac: SERVER },
    ...{ role: 'server', state: STATE, key: ONE.pem, wipe: null },
  });
  const { enrolment } = (await live.view()).nodes[0] ?? {};
  assert.deepEqual(enrolment, {
    pinned: {
      ...{ since: Date.parse(pinned?.at ?? ''), address: '127.0.0.1' },
      fingerprint: pinned?.fingerprint,
    },
    refused: null,
  });
  const line = live.lines.find(({ event }) => event === 'enrolled');
  assert.deepEqual(line, {
    ...{ area: 'node', node: 'k8s-node01', event: 'enrolled' },
    fields: { client: '127.0.0.1', why: 'first key', fingerprint: pinned?.fingerprint },
  });
});

test('an agent gets the secrets of agents, and proofs by its own keys', async (t) => {
  const live = await openEnrolment(t, AGENT);
  const answer = await answerIn(await live.ask(ONE, { mac: AGENT }));
  const { proofs, sealed } = answer;
  const { token, role, peer_key } = secretsIn(answer, ONE);
  const own = ['new key', 'old key'].map((key) => proof(key, 'agent', 'k8s-node02'));
  assert.deepEqual([token, role, peer_key], [null, 'agent', own[0]]);
  assert.deepEqual(
    proofs,
    own.map((key) => proof(key, 'enroll', NONCE, sealed.tag)),
  );
});

test('which set a node works with is remembered once it has proved that, and not taken back', async (t) => {
  const live = await openEnrolment(t);
  const [newest, oldest] = ISSUED.sets;
  const uses = ({ id, peerKey }: (typeof ISSUED.sets)[number], nonce = NONCE) => ({
    uses: { set: id, proof: proof(peerKey, 'uses', nonce, id) },
  });
  const told = async (more: object) => {
    assert.equal(await live.statusOf(ONE, more), 200);
    return live.record().pinned?.uses;
  };
  assert.equal(await told({}), undefined);
  assert.equal(await told(uses(newest, 'ab'.repeat(16))), undefined, 'a proof of another time');
  const forged = { set: newest.id, proof: uses(oldest).uses.proof };
  assert.equal(await told({ uses: forged }), undefined);
  assert.equal(await told({ uses: { ...forged, set: 'cc'.repeat(8) } }), undefined, 'no such set');
  assert.equal(await told(uses(oldest)), oldest.id);
  assert.equal(await told(uses(newest)), newest.id);
  assert.equal(await told({}), newest.id);
  assert.equal(await live.statusOf(ONE, { uses: { set: 'x', proof: 'y' } }), 400);
});

test('no log line, view, record or refusal has a secret in it', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  const said = [await (await live.ask(TWO)).text(), await (await live.ask({ pem: 'x' })).text()];
  live.write('secrets/issued/secrets.json', JSON.stringify({ ...ISSUED, version: 9 }));
  said.push(await (await live.ask(ONE)).text());
  live.write('secrets/issued/secrets.json', JSON.stringify({ ...ISSUED, project: 7 }));
  said.push(await (await live.ask(ONE)).text());
  const seen = JSON.stringify([live.lines, live.events, await live.view(), said, stateOf(live)]);
  assert.match(seen, /another version of HomePBP wrote this/);
  assert.match(seen, /project is not a string/);
  assert.doesNotMatch(seen, SECRET);
});

test('the pinned key gets its secrets again and again, also in another spelling; nothing is written', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  const before = statSync(join(live.state, RECORD));
  for (const key of [ONE.pem, ONE.pem.replaceAll('\n', '\r\n')])
    assert.equal(secretsIn(await answerIn(await live.ask({ pem: key })), ONE).token, 'new token');
  const after = statSync(join(live.state, RECORD));
  assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
  assert.equal(live.lines.filter(({ event }) => event === 'enrolled').length, 1);
});

test('a build that replaces the secrets is followed at once', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  const next = { id: '00000000000000cc', token: 't', agentToken: 'a', peerKey: 'p' };
  const issued = { ...ISSUED, sets: [next, ...ISSUED.sets] };
  live.write('secrets/issued/secrets.json', JSON.stringify(issued));
  const answer = await answerIn(await live.ask(ONE));
  assert.equal(answer.proofs.length, 3);
  assert.equal(secretsIn(answer, ONE).set, '00000000000000cc');
});

test('./homepbp enroll lets the next key in, once', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  await live.ask(TWO);
  const admitted = { ...live.record(), admitted: '2026-11-30T10:48:00.000Z' };
  live.write(`state/${RECORD}`, JSON.stringify(admitted));
  assert.equal(await live.statusOf(ONE), 200);
  assert.equal(secretsIn(await answerIn(await live.ask(TWO)), TWO).token, 'new token');
  const { pinned, admitted: left, refused } = live.record();
  assert.deepEqual([pinned?.key, left, refused], [TWO.pem, null, null]);
  assert.equal((await live.view()).nodes[0]?.enrolment.refused, null);
  assert.ok(live.lines.some(({ fields }) => fields?.why === 'let in'));
  for (const pair of [ONE, THREE]) assert.equal(await live.statusOf(pair), 409);
});

test('a new word of wipe lets the next key in, once', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  live.write('dist/inventory.json', changed({}, { wipe: '2026-11' }));
  assert.equal(await live.statusOf(ONE), 200, 'the old disk may still ask');
  assert.equal(await live.statusOf(TWO), 200);
  assert.equal(live.record().pinned?.wipe, '2026-11');
  assert.equal(await live.statusOf(ONE), 409);
});

test('with cluster.enroll: always each new key is believed, which is logged', async (t) => {
  const files = { ...FILES, 'dist/inventory.json': changed({ enroll: 'always' }) };
  const live = await openEnrolment(t, SERVER, files);
  for (const pair of [ONE, TWO, ONE]) assert.equal(await live.statusOf(pair), 200);
  const why = live.lines.flatMap(({ event, fields }) => (event === 'enrolled' ? fields?.why : []));
  assert.deepEqual(why, ['first key', 'enroll: always', 'enroll: always']);
});

test('a node without a disk gets the secrets of agents at each boot, and nothing is written', async (t) => {
  const files = { ...FILES, 'dist/inventory.json': changed({}, { diskless: true }) };
  const live = await openEnrolment(t, AGENT, files);
  const before = stateOf(live);
  for (const pair of [ONE, TWO, ONE]) {
    const answer = await answerIn(await live.ask(pair, { mac: AGENT, state: null }));
    const { token, role } = secretsIn(answer, pair);
    assert.deepEqual([token, role], [null, 'agent']);
  }
  assert.deepEqual(stateOf(live), before);
  const shown = async () => (await live.view()).nodes[1]?.enrolment.pinned;
  const last = await shown();
  assert.equal(last?.address, '127.0.0.1');
  live.write('dist/inventory.json', FILES['dist/inventory.json']);
  assert.equal(await live.statusOf(TWO, { mac: AGENT }), 200);
  assert.notEqual((await shown())?.fingerprint, last?.fingerprint, 'it has a disk now');
  const made = await openEnrolment(t, SERVER, files);
  const answer = await answerIn(await made.ask(ONE, { state: null }));
  assert.deepEqual(secretsIn(answer, ONE).role, 'agent', 'never a server');
});
