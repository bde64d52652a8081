// The API over real HTTP: what is accepted, what is refused, and what is stored.
import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { proof } from '../trust/proof.ts';
import { drain, readUntil, until } from './http/server.trial.ts';
import {
  AGENT,
  FILES,
  inventory,
  nodes,
  openLive,
  SERVER,
  STRANGER,
  stateFile,
} from './live.trial.ts';

test('a node reports its progress, and the page gets it', async (t) => {
  const { post, view, lines } = await openLive(t, AGENT);
  const message = 'the <b>network</b> is up\u202e';
  const sent = await post({ mac: '52:54:00:12:34:02', stage: 'root', message });
  assert.equal(sent.status, 204);
  const [, agent] = (await view()).nodes;
  assert.equal(agent?.stage, 'root');
  assert.equal(agent?.stages.root?.message, message);
  assert.ok(lines.some(({ area, event }) => area === 'node' && event === 'root'));
});

test('an invalid check-in is refused with a reason, and changes nothing', async (t) => {
  const { post, view, ask } = await openLive(t, AGENT);
  const good = { mac: AGENT, stage: 'root' };
  const cases: [number, string | object, Record<string, string>?][] = [
    [400, 'no json'],
    [400, '{"mac":'],
    [400, 'null'],
    [400, { ...good, stage: 'kernel' }],
    [400, { ...good, stage: '__proto__' }],
    [400, { ...good, message: 7 }],
    [400, { ...good, mac: '52' }],
    [404, { ...good, mac: STRANGER }],
    [403, { ...good, mac: SERVER }],
    [403, good, { Origin: 'http://evil.test' }],
    [403, good, { 'Sec-Fetch-Site': 'cross-site' }],
    [413, { ...good, message: 'x'.repeat(4096) }],
  ];
  for (const [status, body, headers] of cases) {
    const sent = await post(body, headers);
    assert.equal(sent.status, status, JSON.stringify(body).slice(0, 80));
    const said = await sent.text();
    assert.match(said, /^HomePBP: .+\n$/);
    if (status === 400)
      assert.match(said, /: not a valid check-in: (not valid JSON|\w+( \w+)? is (not|missing))/);
  }
  assert.equal((await view()).nodes[1]?.seen, null);
  assert.equal((await ask('/api/checkin')).status, 405);
  assert.equal((await ask('/api/nodes', { method: 'POST' })).status, 405);
  assert.equal((await ask('/api/nodes', { method: 'DELETE' })).status, 405);
  assert.equal((await ask('/api/other')).status, 404);
  assert.equal((await ask('/api/nodes', { headers: { Host: 'evil.test' } })).status, 421);
});

test('a node with two cards may check in by either, for either; other nodes may not', async (t) => {
  const second = '52-54-00-12-34-12';
  const twice = nodes.map((one) =>
    one.macs[0] === AGENT ? { ...one, macs: [AGENT, second] } : one,
  );
  const text = JSON.stringify({ ...JSON.parse(inventory()), nodes: twice });
  const files = { ...FILES, 'dist/inventory.json': text };
  for (const card of [AGENT, second]) {
    const { post } = await openLive(t, card, files);
    for (const mac of [AGENT, second]) {
      assert.equal((await post({ mac, stage: 'root' })).status, 204, `${mac} by ${card}`);
    }
    assert.equal((await post({ mac: SERVER, stage: 'root' })).status, 403);
  }
});

test('exactly 4 KB are accepted, one byte more is not, with or without a Content-Length', async (t) => {
  const { post, send } = await openLive(t, AGENT);
  const start = `{"mac":"${AGENT}","stage":"root","message":"`;
  const body = (bytes: number) => `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
  assert.equal((await post(body(4096))).status, 204);
  assert.equal((await post(body(4097))).status, 413);
  const chunk = 'x'.repeat(5000);
  const head =
    'POST /api/checkin HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n';
  const socket = await send(`${head}${chunk.length.toString(16)}\r\n${chunk}\r\n`);
  assert.match(String(await readUntil(socket, '\r\n\r\n')), /^HTTP\/1\.1 413 /);
});

test("a client that sends 'Expect: 100-continue' gets 100", async (t) => {
  const { send } = await openLive(t, AGENT);
  const body = JSON.stringify({ mac: AGENT, stage: 'root' });
  const head = `POST /api/checkin HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 100-continue\r\nContent-Length: ${body.length}\r\n\r\n`;
  const socket = await send(head);
  assert.match(String(await readUntil(socket, '\r\n\r\n')), /^HTTP\/1\.1 100 /);
  socket.write(body);
  assert.match(String(await readUntil(socket, '\r\n\r\n')), /^HTTP\/1\.1 204 /);
});

test('a flood is limited; other nodes are still heard', async (t) => {
  const { post, view } = await openLive(t, AGENT);
  const statuses = new Map<number, number>();
  const since = performance.now();
  for (let sent = 0; sent < 200; sent++) {
    const { status } = await post({ mac: AGENT, stage: 'cluster', message: `number ${sent}` });
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  assert.deepEqual([...statuses.keys()].sort(), [204, 429]);
  // Four a second and a burst of four seconds' worth: on a slow machine this takes seconds.
  const allowed = 16 + 4 * ((performance.now() - since) / 1000) + 1;
  assert.ok((statuses.get(204) ?? 0) <= allowed, `${statuses.get(204)} of ${allowed} were taken`);
  assert.equal((await view()).nodes[1]?.stage, 'cluster');
});

test('the founder closes the latch for its epoch, once and for all', async (t) => {
  const { post, founding, state, write, view, restart, proved } = await openLive(t, SERVER);
  const found = async (epoch?: number) => {
    const said = { mac: SERVER, stage: 'founded', message: 'CA hash' };
    return (await post(await proved(epoch === undefined ? said : { ...said, epoch }))).status;
  };
  assert.deepEqual(await founding(), { version: 1, founded: false, epoch: 1 });
  assert.equal(await found(), 204);
  assert.deepEqual(await founding(), { version: 1, founded: true, epoch: 1 });
  assert.equal(JSON.parse(stateFile(state, 'founded.json')).node, 'k8s-node01');
  assert.equal((await view()).founding.founder, 'k8s-node01');
  await restart();
  assert.deepEqual(await founding(), { version: 1, founded: true, epoch: 1 });
  write('dist/inventory.json', inventory(2));
  assert.deepEqual(await founding(), { version: 1, founded: false, epoch: 2 });
  // The old founder reports again: that is not the new epoch's cluster.
  assert.equal(await found(1), 204);
  assert.equal((await founding()).founded, false);
  write('dist/inventory.json', inventory(1));
  assert.equal((await founding()).founded, true);
});

test('a founder that could not found, an agent, or a second one closes nothing', async (t) => {
  const agent = await openLive(t, AGENT);
  const own = proof('new key', 'agent', 'k8s-node02');
  const claim = await agent.proved({ mac: AGENT, stage: 'founded' }, own);
  const no = await agent.post(claim);
  assert.equal(no.status, 403);
  assert.match(await no.text(), /k8s-node02 is not a server in nodes\.yaml/);
  assert.equal((await agent.founding()).founded, false);
  const server = await openLive(t, SERVER);
  assert.equal((await server.post({ mac: SERVER, stage: 'founded', error: 'no' })).status, 204);
  assert.equal((await server.founding()).founded, false);
  server.write(
    'state/founded.json',
    '{"version":1,"epoch":1,"node":"k8s-node09","at":"2026-01-01"}',
  );
  const second = await server.post(await server.proved({ mac: SERVER, stage: 'founded' }));
  assert.equal(second.status, 409);
  assert.match(await second.text(), /k8s-node09 has already founded/);
  assert.ok(server.lines.some(({ event }) => event === 'SECOND FOUNDER'));
});

test('cluster.founded in nodes.yaml closes it, too', async (t) => {
  const { founding, view, write } = await openLive(t, SERVER);
  write('dist/inventory.json', inventory(3, ['k8s-node01'], true));
  assert.deepEqual(await founding(), { version: 1, founded: true, epoch: 3 });
  assert.equal((await view()).founding.founded, true);
});

test('a seed is not sent before its founding set is written', async (t) => {
  const { ask, state, write } = await openLive(t, SERVER);
  const seed = `/nodes/${SERVER}/user-data`;
  const sets = () => JSON.parse(stateFile(state, 'published.json')).sets;
  assert.equal((await ask(seed, { method: 'HEAD' })).status, 200);
  assert.equal(stateFile(state, 'published.json'), '');
  assert.equal((await ask(seed)).status, 200);
  assert.deepEqual(sets(), [{ epoch: 1, servers: ['k8s-node01'] }]);
  // What others wrote stays; while a build runs, both the old and the new set may be in use.
  const others = { epoch: 1, servers: ['a', 'b'] };
  write('state/published.json', JSON.stringify({ version: 1, sets: [others] }));
  write('dist/inventory.json', inventory(1, ['k8s-node01', 'k8s-node03']));
  assert.equal((await ask(seed)).status, 200);
  assert.deepEqual(sets(), [
    others,
    { epoch: 1, servers: ['k8s-node01'] },
    { epoch: 1, servers: ['k8s-node01', 'k8s-node03'] },
  ]);
});

test('if that file is damaged or cannot be written, no seed is sent', async (t) => {
  const { ask, write, state } = await openLive(t, SERVER);
  const seed = `/nodes/${SERVER}/user-data`;
  write('state/published.json', '{"version":1,"sets":[');
  const damaged = await ask(seed);
  assert.equal(damaged.status, 503);
  assert.match(
    damaged.body.toString(),
    /published\.json:1:22: the file is damaged: not valid JSON/,
  );
  assert.equal(stateFile(state, 'published.json'), '{"version":1,"sets":[', 'it is left as it is');
  rmSync(state, { recursive: true });
  writeFileSync(state, 'no folder');
  const unwritable = await ask(seed);
  assert.equal(unwritable.status, 503);
  assert.match(unwritable.body.toString(), /cannot (write|be read)/);
  rmSync(state);
  write('dist/inventory.json', '{"version":1,"nodes":[]}');
  assert.equal((await ask(seed)).status, 503);
});

for (const name of ['founded.json', 'published.json']) {
  test(`a damaged ${name} refuses the start`, async (t) => {
    const { write, restart, state } = await openLive(t, SERVER);
    write(`state/${name}`, '{"version":1');
    await assert.rejects(
      restart,
      (error) =>
        error instanceof UserError &&
        error.message.includes(
          `${name}:1:13: the file is damaged: not valid JSON\n  hint: restore`,
        ),
    );
    assert.equal(stateFile(state, name), '{"version":1', 'it is left as it is');
  });
}

test('what machines fetch makes their timeline, across a restart; a stranger is listed', async (t) => {
  const { ask, view, restart, state } = await openLive(t, AGENT);
  await ask('/boot.ipxe');
  await ask('/os/24.04-amd64/vmlinuz');
  await ask('/index.html');
  await until(() => true, 'a turn');
  const before = (await view()).nodes[1];
  assert.equal(before?.address, '127.0.0.1');
  assert.deepEqual(before?.stages.kernel, {
    state: 'running',
    started: before?.stages.kernel?.started,
    ended: null,
    bytes: 5,
    totalBytes: 5,
  });
  await restart();
  assert.deepEqual((await view()).nodes[1], before);
  assert.ok(readdirSync(state).includes('timeline.json'));
  writeFileSync(join(state, 'timeline.json'), '{');
  const damaged = await openLive(t, STRANGER);
  await damaged.ask('/boot.ipxe');
  await damaged.ask('/os/24.04-amd64/vmlinuz');
  const [unknown, ...more] = (await damaged.view()).unknown;
  assert.deepEqual([unknown?.mac, unknown?.asked, more], [STRANGER, 'boot.ipxe', []]);
});

test('made-up machines do not flood the log', async (t) => {
  const { live, lines, view } = await openLive(t, STRANGER);
  for (let at = 0; at < 100; at += 1) {
    const mac = `52-54-00-ff-01-${at.toString(16).padStart(2, '0')}`;
    live()?.dhcp({ mac, isIpxe: false, archs: [7] });
  }
  assert.equal((await view()).unknown.length, 100);
  assert.ok(lines.length >= 1 && lines.length <= 5, `${lines.length} lines`);
});

test('proved check-ins are read back also where the last line is torn; others are not kept', async (t) => {
  const { post, view, restart, state, proved } = await openLive(t, AGENT);
  const key = proof('old key', 'agent', 'k8s-node02');
  const say = async (stage: string, message: string) => {
    const said = await proved({ mac: AGENT, stage, message }, key);
    assert.equal((await post(said)).status, 204);
  };
  await say('root', 'one');
  assert.equal((await post({ mac: AGENT, stage: 'disk', message: 'unproved' })).status, 204);
  await say('disk', 'two');
  await until(() => /two/.test(stateFile(state, 'checkins.jsonl')), 'the second line');
  await restart();
  rmSync(join(state, 'timeline.json'));
  const whole = stateFile(state, 'checkins.jsonl');
  writeFileSync(join(state, 'checkins.jsonl'), `junk\n${whole}{"at":1795611149731,"mac":"52-54`);
  await restart();
  rmSync(join(state, 'timeline.json'), { force: true });
  assert.equal((await view()).nodes[1]?.stages.disk?.message, 'two');
  await say('ready', 'three');
  await until(() => /three/.test(stateFile(state, 'checkins.jsonl')), 'the third line');
  const lines = stateFile(state, 'checkins.jsonl').trimEnd().split('\n');
  assert.equal(JSON.parse(lines.at(-1) ?? '').message, 'three');
  assert.doesNotMatch(lines.join(), /unproved|proof|challenge/);
});

test('a page gets the timeline at once, then each change; a machine has at most 8 pages', async (t) => {
  const { send, post } = await openLive(t, AGENT);
  const request = 'GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  const first = await send(request);
  assert.match(
    String(await readUntil(first, '\n\n')),
    /text\/event-stream[\s\S]*event: timeline\ndata: \{"version":1/,
  );
  await post({ mac: AGENT, stage: 'root', message: 'line\nfeed' });
  const told = String(await readUntil(first, '\n\n'));
  assert.match(told, /event: node\ndata: \{.*"stage":"root"/);
  for (let open = 1; open < 8; open++) await readUntil(await send(request), 'event: timeline');
  assert.equal(first.closed, false);
  await readUntil(await send(request), 'event: timeline');
  await drain(first);
});

test('metrics and health', async (t) => {
  const { ask, post } = await openLive(t, AGENT);
  await post({ mac: AGENT, stage: 'cluster' });
  const metrics = (await ask('/metrics')).body.toString();
  assert.match(metrics, /^homepbp_node_stage\{node="k8s-node02"\} 9$/m);
  assert.match(metrics, /^homepbp_node_stage\{node="k8s-node01"\} 0$/m);
  assert.match(metrics, /^homepbp_cluster_founded 0$/m);
  assert.equal((await ask('/healthz')).body.toString(), 'ok\n');
  assert.equal((await ask('/healthz', { method: 'HEAD' })).status, 200);
});
