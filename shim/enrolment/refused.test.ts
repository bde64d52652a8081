// Each request that gets nothing: its exact status and sentence, and that nothing has changed.
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { AGENT, FILES, ISSUED, SERVER, STRANGER, stateFile } from '../live.trial.ts';
import { asking, ENROLMENT, ONE, openEnrolment, RECORD, stateOf, TWO } from './enrolment.trial.ts';

const { pem } = ONE;
const good = asking(ONE);
const NOT_VALID = 'not a valid enrolment: ';

/** Status, sentence, body, headers. */
const REFUSED: readonly [number, string | RegExp, object | string, Record<string, string>?][] = [
  [400, `${NOT_VALID}not valid JSON`, '{"version":1'],
  [400, `${NOT_VALID}the value is not an object`, 'null'],
  [400, `${NOT_VALID}version is not 1`, { ...good, version: 2 }],
  [400, `${NOT_VALID}mac is not a MAC address`, { ...good, mac: '52' }],
  [400, `${NOT_VALID}state is missing`, { ...good, state: undefined }],
  [400, `${NOT_VALID}state is not valid`, { ...good, state: '../x' }],
  [400, `${NOT_VALID}key is not a string`, { ...good, key: 7 }],
  [400, `${NOT_VALID}nonce is missing`, { ...good, nonce: undefined }],
  [400, `${NOT_VALID}nonce is not valid`, { ...good, nonce: '' }],
  [400, /not a public key in PEM/, { ...good, key: 'hello' }],
  [400, /the public key is damaged/, { ...good, key: pem.replace(/\n.{20}/, '\n') }],
  [403, 'this is for nodes, not for web pages', good, { Origin: 'http://evil.test' }],
  [403, 'this is for nodes, not for web pages', good, { 'Sec-Fetch-Site': 'none' }],
  [403, 'not that machine', { ...good, mac: AGENT }],
  [
    403,
    'k8s-node01 has a disk in nodes.yaml, but says that it runs without one; reboot it with the current build',
    { ...good, state: null },
  ],
  [
    404,
    'nodes.yaml has no node with the MAC address 52:54:00:ff:ff:01',
    { ...good, mac: STRANGER },
  ],
  [413, 'the body may not exceed 8192 bytes', { ...good, more: 'x'.repeat(8192) }],
];

test('what is refused changes nothing', async (t) => {
  const live = await openEnrolment(t);
  const before = stateOf(live);
  for (const [status, sentence, body, headers] of REFUSED) {
    live.clock.advance(5000);
    const answer = await live.enroll(body, headers);
    const text = (await answer.text()).replace(/^HomePBP: (.*)\n$/, '$1');
    if (typeof sentence === 'string') assert.equal(text, sentence);
    else assert.match(text, sentence);
    assert.equal(answer.status, status, text);
    assert.deepEqual(stateOf(live), before, text);
  }
  for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS']) {
    const { status, headers } = await live.get('/api/enroll', { method });
    assert.deepEqual([status, headers.allow], [405, 'POST']);
  }
});

test('8192 bytes are taken', async (t) => {
  const live = await openEnrolment(t);
  const length = JSON.stringify({ ...good, more: '' }).length;
  const body = JSON.stringify({ ...good, more: 'x'.repeat(8192 - length) });
  assert.equal((await live.enroll(body)).status, 200);
  live.clock.advance(5000);
  assert.equal((await live.enroll(`${body} `)).status, 413);
});

test('a node may ask four times at once, then once a second', async (t) => {
  const live = await openEnrolment(t);
  live.clock.advance(5000);
  t.mock.method(performance, 'now', () => 1e9);
  const statuses: number[] = [];
  for (let at = 0; at < 6; at++) statuses.push((await live.enroll(asking(ONE))).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
  const unfit = await live.enroll(asking({ pem: 'x' }));
  assert.equal(unfit.status, 429, 'before its key is looked at');
  assert.equal(await unfit.text(), 'HomePBP: too many enrolments\n');
  t.mock.method(performance, 'now', () => 1e9 + 1000);
  assert.equal((await live.enroll(asking(ONE))).status, 200);
});

test('without secrets nothing is handed out; once a build has made them, it is', async (t) => {
  const { 'secrets/issued/secrets.json': made = '', ...files } = FILES;
  const live = await openEnrolment(t, SERVER, files);
  assert.match(
    `${live.lines[0]?.fields?.reason}`,
    /^no node can enrol without \S+\/secrets\/issued\/secrets\.json: run \.\/homepbp build$/,
  );
  const says = /^HomePBP: this Genesis has no secrets: run \.\/homepbp build there; /;
  for (const text of [null, '{', JSON.stringify({ ...ISSUED, sets: [] })]) {
    if (text !== null) live.write('secrets/issued/secrets.json', text);
    const before = stateOf(live);
    const answer = await live.ask(ONE);
    assert.equal(answer.status, 503);
    assert.equal(answer.headers.get('retry-after'), '10');
    assert.match(await answer.text(), says);
    assert.deepEqual(stateOf(live), before);
  }
  live.write('secrets/issued/secrets.json', made);
  assert.equal(await live.statusOf(ONE), 200);
});

test('what cannot be remembered is not handed out', async (t) => {
  const live = await openEnrolment(t);
  rmSync(live.state, { recursive: true });
  writeFileSync(live.state, 'no folder');
  assert.equal(await live.statusOf(ONE), 503);
  rmSync(live.state);
  live.write(ENROLMENT, JSON.stringify({ version: 1, project: ISSUED.project }));
  live.write('state/enrolled', 'no folder either');
  const answer = await live.ask(ONE);
  assert.equal(answer.status, 503);
  assert.match(await answer.text(), /^HomePBP: (Genesis cannot write )?\S+k8s-node01\.json /);
  assert.equal(stateFile(live.state, 'enrolled'), 'no folder either');
});

test('a damaged record decides nothing, is left as it is, and is reported at the start', async (t) => {
  const live = await openEnrolment(t);
  await live.ask(ONE);
  const whole = stateFile(live.state, RECORD);
  const other = JSON.stringify({ ...JSON.parse(whole), name: 'k8s-node02' });
  for (const [text, says] of [
    [whole.slice(0, 40), /k8s-node01\.json:\d+:\d+: the file is damaged: not valid JSON/],
    [other, /k8s-node01\.json is the record of k8s-node02/],
  ] as const) {
    live.write(`state/${RECORD}`, text);
    for (const pair of [ONE, TWO]) {
      const answer = await live.ask(pair);
      assert.equal(answer.status, 503);
      assert.match(await answer.text(), says);
    }
    assert.equal(stateFile(live.state, RECORD), text);
    live.lines.length = 0;
    await live.restart();
    assert.ok(live.lines.some(({ fields }) => says.test(`${fields?.reason}`)));
    assert.deepEqual((await live.view()).nodes[0]?.enrolment, { pinned: null, refused: null });
  }
});
