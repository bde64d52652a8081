// Keys that are not believed: what is reported, what is written, and that the right one still works.
import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readUntil } from '../http/server.trial.ts';
import {
  answerIn,
  asking,
  ENROLMENT,
  ONE,
  openEnrolment,
  RECORD,
  secretsIn,
  stateOf,
  THREE,
  TWO,
} from './enrolment.trial.ts';

test('another key is refused, and it is reported everywhere; the pinned one still gets its secrets', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  const { pinned } = live.record();
  const refused = await live.ask(TWO, { state: '0f1e2d3c-0000-4000-8000-000000000002' });
  assert.equal(refused.status, 409);
  const since = `${pinned?.at.slice(0, 10)} ${pinned?.at.slice(11, 16)} UTC`;
  const sentence = `enrolled since ${since} with another disk, from 127.0.0.1`;
  assert.equal(
    await refused.text(),
    `HomePBP: k8s-node01 is ${sentence}; if its disk was replaced or wiped, run ./homepbp enroll k8s-node01 on Genesis\n`,
  );
  const record = live.record();
  assert.deepEqual(record.pinned, pinned);
  assert.equal(record.refused?.address, '127.0.0.1');
  assert.notEqual(record.refused?.fingerprint, pinned?.fingerprint);
  const { enrolment } = (await live.view()).nodes[0] ?? {};
  assert.deepEqual(enrolment?.refused, {
    at: Date.parse(record.refused?.at ?? ''),
    address: '127.0.0.1',
  });
  const lines = () => live.lines.filter(({ event }) => event === 'ANOTHER KEY');
  assert.equal(lines()[0]?.fields?.reason, sentence);
  const metrics = async () => (await live.get('/metrics')).body.toString();
  assert.match(await metrics(), /^homepbp_enrolled_refused_total\{node="k8s-node01"\} 1$/m);
  assert.match(await metrics(), /^homepbp_enrolled_other_key\{node="k8s-node01"\} 1$/m);
  assert.match(await metrics(), /^homepbp_enrolled\{node="k8s-node01"\} 1$/m);
  assert.match(await metrics(), /^homepbp_enrolled\{node="k8s-node02"\} 0$/m);
  assert.equal(await live.statusOf(THREE), 409);
  assert.deepEqual(live.record(), record, 'noted once a minute');
  assert.equal(lines().length, 1, 'said once a minute');
  assert.equal(secretsIn(await answerIn(await live.ask(ONE)), ONE).token, 'new token');
  live.clock.advance(60_000);
  assert.equal(await live.statusOf(THREE), 409);
  assert.notDeepEqual(live.record(), record);
  assert.equal(lines().length, 2);
});

test('a lost state/ believes no new key until ./homepbp enroll; known nodes go on', async (t) => {
  const sentence =
    /^HomePBP: k8s-node01 is not enrolled, and no new key is believed: state\/ .*; if it is lost, run \.\/homepbp enroll k8s-node01 there, or \.\/homepbp enroll --all\n$/;
  const live = await openEnrolment(t);
  const own = readFileSync(join(live.folder, ENROLMENT), 'utf8');
  rmSync(join(live.folder, ENROLMENT));
  for (const text of [null, '{"version":1,"project":"theirs"}', '{"version":1', '{"version":2}']) {
    if (text !== null) live.write(ENROLMENT, text);
    const before = stateOf(live);
    const refused = await live.ask(ONE);
    assert.equal(refused.status, 403, text ?? 'missing');
    assert.match(await refused.text(), sentence);
    assert.deepEqual(stateOf(live), before);
    await live.restart();
    const told = live.lines.findLast(({ area }) => area === 'shim')?.fields?.reason;
    assert.match(`${told}`, /enrolment\.json.*: nodes that are not enrolled yet are refused;/);
  }
  assert.equal(live.lines.filter(({ event }) => event === 'not enrolled').length, 4);
  const admitted = {
    ...{ version: 1, name: 'k8s-node01', pinned: null, refused: null },
    admitted: '2026-11-30T10:48:00.000Z',
  };
  live.write(`state/${RECORD}`, JSON.stringify(admitted));
  assert.equal(await live.statusOf(ONE), 200, 'by name');
  assert.equal(await live.statusOf(TWO), 409);
  rmSync(join(live.state, RECORD));
  live.write(ENROLMENT, own);
  assert.equal(await live.statusOf(ONE), 200, 'all');
  rmSync(join(live.folder, ENROLMENT));
  assert.equal(await live.statusOf(ONE), 200, 'it is known');
});

test('two keys at once: exactly one is pinned, and only that one gets secrets', async (t) => {
  const live = await openEnrolment(t);
  live.clock.advance(5000);
  const pairs = [ONE, TWO];
  const answers = await Promise.all(pairs.map((pair) => live.enroll(asking(pair))));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual([...statuses].sort(), [200, 409]);
  const winner = statuses.indexOf(200);
  assert.equal(live.record().pinned?.key, pairs[winner]?.pem);
});

test('the page is sent each key that is pinned or refused, and what the CLI changes', async (t) => {
  const live = await openEnrolment(t);
  const stream = await live.send('GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
  await readUntil(stream, 'event: timeline');
  await live.ask(ONE);
  await readUntil(stream, '"enrolment":{"pinned":{');
  await live.ask(TWO);
  await readUntil(stream, '"refused":{"at"');
  const { refused: _, ...record } = live.record();
  live.write('state/enrolled/new', JSON.stringify({ ...record, refused: null }));
  renameSync(join(live.state, 'enrolled/new'), join(live.state, RECORD));
  await readUntil(stream, '"refused":null}');
});
