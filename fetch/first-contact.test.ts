// Without internet, fetch says so at once: one sentence, whoever is asked and however it fails.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type LookupFunction } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Engine } from './engine.ts';
import { type HttpOptions, openHttp } from './http.ts';
import { NO_PROGRESS } from './progress.ts';
import { answerStatus, publish, serveFile } from './web-server.trial.ts';

/** Fails long before any other timeout. */
const SOON = { firstAnswerTimeout: 300 };
const NETWORK = 'check the network (and HTTPS_PROXY, if a proxy is needed), then run it again';

function open(t: TestContext, options: HttpOptions = SOON) {
  const http = openHttp(options);
  t.after(() => http.close());
  return http;
}

/** The base URL of a server that accepts connections and never answers. */
async function openBlackhole(t: TestContext): Promise<string> {
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('a server that accepts and never answers', { timeout: 10_000 }, async (t) => {
  const url = `${await openBlackhole(t)}/file`;
  await assert.rejects(open(t).bytes(url, { maxBytes: 10 }), {
    message: `${url}: no answer within 0.3 s\n  hint: ${NETWORK}`,
  });
});

test('a name that is never resolved', { timeout: 10_000 }, async (t) => {
  const lookup: LookupFunction = () => {};
  const http = open(t, { ...SOON, lookup });
  await assert.rejects(http.bytes('https://nobody.example/file', { maxBytes: 10 }), {
    message: `https://nobody.example/file: no answer within 0.3 s\n  hint: ${NETWORK}`,
  });
});

for (const [code, what] of [
  ['EAI_AGAIN', 'the host name cannot be resolved at the moment'],
  ['ENETUNREACH', 'no route to the server'],
] as const) {
  test(`${what}: the attempts end in time`, { timeout: 10_000 }, async (t) => {
    const lookup: LookupFunction = (_, __, done) => done(Object.assign(new Error(), { code }), '');
    const http = open(t, { ...SOON, lookup });
    await assert.rejects(http.bytes('https://nobody.example/file', { maxBytes: 10 }), {
      message: new RegExp(`^https://nobody.example/file: ${what}\\n`),
    });
  });
}

test('many files that nobody sends are one sentence', { timeout: 10_000 }, async (t) => {
  const media = mkdtempSync(join(tmpdir(), 'homepbp-offline-'));
  t.after(() => rmSync(media, { recursive: true }));
  const base = await openBlackhole(t);
  const engine = await Engine.open({ media, http: open(t), progress: NO_PROGRESS });
  const files = ['a', 'b', 'c'].map((name) => {
    const url = `${base}/${name}`;
    return { path: `os/x/${name}`, url, size: 1, sha256: '0'.repeat(64) };
  });
  await assert.rejects(engine.fetchAll(files), {
    message: new RegExp(
      `^${base}/[abc]: no answer within 0.3 s\n  hint: ${NETWORK.replace(/[()]/g, '.')}$`,
    ),
  });
});

test('once somebody has answered, others may take their time', { timeout: 10_000 }, async (t) => {
  const text = Buffer.from('hello');
  const slow: typeof answer = (request, response) =>
    void setTimeout(() => answer(request, response), 2 * SOON.firstAnswerTimeout);
  const answer = serveFile(text);
  const { base } = await publish(t, { '/fast': answer, '/slow': slow });
  const http = open(t);
  assert.deepEqual(await http.bytes(`${base}/fast`, { maxBytes: 10 }), text);
  assert.deepEqual(await http.bytes(`${base}/slow`, { maxBytes: 10 }), text);
});

test('a captive portal is named as the likely cause', async (t) => {
  const { base } = await publish(t, { '/file': answerStatus(511) });
  await assert.rejects(open(t).bytes(`${base}/file`, { maxBytes: 10 }), /511.*\n.*captive portal/);
  const code = 'DEPTH_ZERO_SELF_SIGNED_CERT';
  const lookup: LookupFunction = (_, __, done) => done(Object.assign(new Error(), { code }), '');
  const http = open(t, { ...SOON, lookup });
  await assert.rejects(
    http.bytes('https://nobody.example/file', { maxBytes: 10 }),
    /certificate is not trusted.*\n.*captive portal/,
  );
});
