// POST /api/enroll over real HTTP: who gets what, what is written, and what is said.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { parseEnrolled } from '../../contract/enrolment.ts';
import { proof } from '../../trust/proof.ts';
import { readUntil } from '../http/server.trial.ts';
import {
  AGENT,
  FILES,
  ISSUED,
  inventory,
  NONCE,
  nodes,
  openLive,
  SERVER,
  STRANGER,
  stateFile,
} from '../live.trial.ts';
import {
  answerIn,
  asking,
  ONE,
  type Pair,
  STATE,
  secretsIn,
  THREE,
  TWO,
} from './enrolment.trial.ts';

const RECORD = 'enrolled/k8s-node01.json';
const ENROLMENT = 'state/enrolment.json';
const SECRET = /new (token|agents|key)|old (token|agents|key)|[0-9a-f]{64}/;

/** With a clock, so that no test waits for the rate. */
async function open(t: TestContext, mac = SERVER, files: Record<string, string> = FILES) {
  const live = await openLive(t, mac, files);
  /** What a node gets after a while. */
  const ask = (pair: Pick<Pair, 'pem'>, more: object = {}, headers = {}) => {
    live.clock.skip(5000);
    return live.enroll(asking(pair, more), headers);
  };
  const statusOf = async (pair: Pair, more: object = {}) => (await ask(pair, more)).status;
  const record = () => parseEnrolled(stateFile(live.state, RECORD), RECORD);
  return { ...live, get: live.ask, ask, statusOf, record };
}

/** An inventory whose nodes, or it itself, have more keys. */
function changed(more: object, ofNodes: object = {}): string {
  const all = nodes.map((node) => ({ ...node, ...ofNodes }));
  return JSON.stringify({ ...JSON.parse(inventory()), nodes: all, ...more });
}

/** All files below state/, with their texts. */
function stateOf({ state }: { readonly state: string }): Record<string, string> {
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(
    (name) => statSync(join(state, name)).isFile() && !name.endsWith('.lock'),
  );
  return Object.fromEntries(names.map((name) => [name, stateFile(state, name)]));
}

test('the first key of a node is pinned, and its secrets are sealed to it', async (t) => {
  const live = await open(t);
  const response = await live.ask(ONE);
  assert.equal(response.headers.get('cache-control'), 'no-store');
  const answer = await answerIn(response);
  const { proofs, sealed } = answer;
  assert.deepEqual(secretsIn(answer, ONE), {
    ...{ version: 2, name: 'k8s-node01', role: 'server', set: '00000000000000aa' },
    ...{ token: 'new token', agent_token: 'new agents', peer_key: 'new key', node_password: null },
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
  const live = await open(t, AGENT);
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

test('no log line, view, record or refusal has a secret in it', async (t) => {
  const live = await open(t);
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
  const live = await open(t);
  await live.ask(ONE);
  const before = statSync(join(live.state, RECORD));
  for (const key of [ONE.pem, ONE.pem.replaceAll('\n', '\r\n')])
    assert.equal(secretsIn(await answerIn(await live.ask({ pem: key })), ONE).token, 'new token');
  const after = statSync(join(live.state, RECORD));
  assert.deepEqual([after.ino, after.mtimeMs], [before.ino, before.mtimeMs]);
  assert.equal(live.lines.filter(({ event }) => event === 'enrolled').length, 1);
});

test('a build that replaces the secrets is followed at once', async (t) => {
  const live = await open(t);
  await live.ask(ONE);
  const next = { id: '00000000000000cc', token: 't', agentToken: 'a', peerKey: 'p' };
  const issued = { ...ISSUED, sets: [next, ...ISSUED.sets] };
  live.write('secrets/issued/secrets.json', JSON.stringify(issued));
  const answer = await answerIn(await live.ask(ONE));
  assert.equal(answer.proofs.length, 3);
  assert.equal(secretsIn(answer, ONE).set, '00000000000000cc');
});

test('another key is refused, and everybody hears of it; the pinned one still gets its secrets', async (t) => {
  const live = await open(t);
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
  live.clock.skip(60_000);
  assert.equal(await live.statusOf(THREE), 409);
  assert.notDeepEqual(live.record(), record);
  assert.equal(lines().length, 2);
});

test('./homepbp enroll lets the next key in, once', async (t) => {
  const live = await open(t);
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
  const live = await open(t);
  await live.ask(ONE);
  live.write('dist/inventory.json', changed({}, { wipe: '2026-11' }));
  assert.equal(await live.statusOf(ONE), 200, 'the old disk may still ask');
  assert.equal(await live.statusOf(TWO), 200);
  assert.equal(live.record().pinned?.wipe, '2026-11');
  assert.equal(await live.statusOf(ONE), 409);
});

test('with cluster.enroll: always each new key is believed, which is logged', async (t) => {
  const files = { ...FILES, 'dist/inventory.json': changed({ enroll: 'always' }) };
  const live = await open(t, SERVER, files);
  for (const pair of [ONE, TWO, ONE]) assert.equal(await live.statusOf(pair), 200);
  const why = live.lines.flatMap(({ event, fields }) => (event === 'enrolled' ? fields?.why : []));
  assert.deepEqual(why, ['first key', 'enroll: always', 'enroll: always']);
});

test('a lost state/ believes no new key until ./homepbp enroll; known nodes go on', async (t) => {
  const sentence =
    /^HomePBP: k8s-node01 is not enrolled, and no new key is believed: state\/ .*; if it is lost, run \.\/homepbp enroll k8s-node01 there, or \.\/homepbp enroll --all\n$/;
  const live = await open(t);
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

test('a node without a disk gets the secrets of agents at each boot, and nothing is written', async (t) => {
  const files = { ...FILES, 'dist/inventory.json': changed({}, { diskless: true }) };
  const live = await open(t, AGENT, files);
  const before = stateOf(live);
  for (const pair of [ONE, TWO, ONE]) {
    const answer = await answerIn(await live.ask(pair, { mac: AGENT, state: null }));
    const { token, role } = secretsIn(answer, pair);
    assert.deepEqual([token, role], [null, 'agent']);
  }
  assert.deepEqual(stateOf(live), before);
  assert.equal((await live.view()).nodes[1]?.enrolment.pinned?.address, '127.0.0.1');
  const made = await open(t, SERVER, files);
  const answer = await answerIn(await made.ask(ONE, { state: null }));
  assert.deepEqual(secretsIn(answer, ONE).role, 'agent', 'never a server');
});

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
    'k8s-node01 has a disk in nodes.yaml, but says that it runs without one; boot it again from the present build',
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
  const live = await open(t);
  const before = stateOf(live);
  for (const [status, sentence, body, headers] of REFUSED) {
    live.clock.skip(5000);
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
  const live = await open(t);
  const length = JSON.stringify({ ...good, more: '' }).length;
  const body = JSON.stringify({ ...good, more: 'x'.repeat(8192 - length) });
  assert.equal((await live.enroll(body)).status, 200);
  live.clock.skip(5000);
  assert.equal((await live.enroll(`${body} `)).status, 413);
});

test('a node may ask four times at once, then once a second', async (t) => {
  const live = await open(t);
  live.clock.skip(5000);
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

test('two keys at once: exactly one is pinned, and only that one gets secrets', async (t) => {
  const live = await open(t);
  live.clock.skip(5000);
  const pairs = [ONE, TWO];
  const answers = await Promise.all(pairs.map((pair) => live.enroll(asking(pair))));
  const statuses = answers.map(({ status }) => status);
  assert.deepEqual([...statuses].sort(), [200, 409]);
  const winner = statuses.indexOf(200);
  assert.equal(live.record().pinned?.key, pairs[winner]?.pem);
});

test('without secrets nothing is handed out; once a build has made them, it is', async (t) => {
  const { 'secrets/issued/secrets.json': made = '', ...files } = FILES;
  const live = await open(t, SERVER, files);
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
  const live = await open(t);
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

test('a damaged record decides nothing, is left as it is, and is told at the start', async (t) => {
  const live = await open(t);
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

test('the page hears of a key that is pinned or refused, and of what the CLI changes', async (t) => {
  const live = await open(t);
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
