import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { FetchError } from './fetch-errors.ts';
import { type HttpOptions, openHttp, retryAfter } from './http.ts';
import { redirectTarget } from './redirect.ts';
import {
  type Answer,
  answerStatus,
  breakOffAfter,
  inTurn,
  publish,
  SOON,
  serveFile,
} from './web-server.trial.ts';

const TEXT = Buffer.from('linux-modules-5.4.0-42-generic\n'.repeat(100));

/** The body at `/file` of a publisher that answers so, and what it was asked. */
async function get(t: TestContext, answers: Record<string, Answer>, options: HttpOptions = {}) {
  const publisher = await publish(t, answers);
  const http = openHttp({ ...SOON, ...options });
  t.after(() => http.close());
  const body = http.bytes(`${publisher.base}/file`, { maxBytes: 1e6 });
  body.catch(() => {});
  return { ...publisher, http, body };
}

test('a body arrives whole', async (t) => {
  const { body } = await get(t, { '/file': serveFile(TEXT) });
  assert.deepEqual(await body, TEXT);
});

test('redirects are followed, relative ones too', async (t) => {
  const { body } = await get(t, {
    '/file': answerStatus(302, { location: 'there/' }),
    '/there/': answerStatus(308, { location: '/at-last' }),
    '/at-last': serveFile(TEXT),
  });
  assert.deepEqual(await body, TEXT);
});

test('a redirect loop ends with its chain', async (t) => {
  const { base, asked, body } = await get(t, {
    '/file': answerStatus(302, { location: '/other' }),
    '/other': answerStatus(302, { location: '/file' }),
  });
  await assert.rejects(body, {
    name: 'FetchError',
    message: `${base}/file: too many redirects: ${base}/file → ${base}/other → ${base}/file\n  hint: the problem is on the server, or a captive portal on this network: open the URL in a browser`,
  });
  assert.equal(asked.length, 2);
});

test('endless redirects without a loop are stopped too', async (t) => {
  const forever: Answer = ({ url }, response) =>
    response.writeHead(302, { location: `${url}x` }).end();
  const answers = new Proxy({}, { get: () => forever });
  const { asked, body } = await get(t, answers);
  await assert.rejects(body, /too many redirects/);
  assert.equal(asked.length, 11);
});

test('a redirect to a file on this computer is refused', async (t) => {
  const { body } = await get(t, { '/file': answerStatus(301, { location: 'file:///etc/passwd' }) });
  await assert.rejects(body, /redirected to 'file:\/\/\/etc\/passwd', which is not an http/);
});

test('from https a redirect may not lead to plain http', () => {
  const from = 'https://github.com/k3s-io/k3s/releases/download/x';
  assert.throws(() => redirectTarget(from, 'http://portal.lan/login'), {
    message: `${from}: redirected from https to http://portal.lan/login\n  hint: probably a captive portal on this network: open the URL in a browser`,
  });
  assert.equal(redirectTarget(from, '//objects.example/x?a=1#b'), 'https://objects.example/x?a=1');
});

test('404 is final and says so', async (t) => {
  const { base, asked, body } = await get(t, {});
  await assert.rejects(body, (error: unknown) => {
    assert.ok(error instanceof FetchError);
    assert.equal(error.status, 404);
    assert.match(error.message, new RegExp(`^${base}/file: the server answered 404 Not Found\n`));
    return true;
  });
  assert.equal(asked.length, 1);
});

test('a server that is busy is asked again', async (t) => {
  const answer = inTurn(
    answerStatus(503),
    answerStatus(429, { 'retry-after': '0' }),
    serveFile(TEXT),
  );
  const { asked, body } = await get(t, { '/file': answer });
  assert.deepEqual(await body, TEXT);
  assert.equal(asked.length, 3);
});

test('gives up on a server that stays busy', async (t) => {
  const { asked, body } = await get(t, { '/file': answerStatus(502) });
  await assert.rejects(body, /502 Bad Gateway\n {2}hint: the problem is on the server/);
  assert.equal(asked.length, 4);
});

test('a body that is cut off is requested again', async (t) => {
  const { body } = await get(t, { '/file': inTurn(breakOffAfter(TEXT, 10), serveFile(TEXT)) });
  assert.deepEqual(await body, TEXT);
});

test('a body beyond the limit is refused, announced or not', async (t) => {
  const unannounced: Answer = (_, response) => {
    response.write(TEXT);
    response.end(TEXT);
  };
  const { base, http } = await get(t, { '/file': serveFile(TEXT), '/stream': unannounced });
  for (const path of ['/file', '/stream']) {
    await assert.rejects(
      http.bytes(base + path, { maxBytes: 2000 }),
      /larger than the 2.0 kB allowed/,
    );
  }
});

test('gives up on a silent server', async (t) => {
  const retry = { attempts: 1, firstDelay: 1, maxDelay: 1 };
  const { asked, body } = await get(t, { '/file': () => {} }, { idleTimeout: 100, retry });
  await assert.rejects(body, /the server accepted the request but did not answer/);
  assert.equal(asked.length, 1);
});

test('gives up on a server that falls silent within its answer', async (t) => {
  const retry = { attempts: 1, firstDelay: 1, maxDelay: 1 };
  const answer: Answer = (_, response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('half');
  };
  const { body } = await get(t, { '/file': answer }, { idleTimeout: 100, retry });
  await assert.rejects(body, /\/file: /);
});

test('no server: the message names URL and next step', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  const http = openHttp(SOON);
  const url = `http://127.0.0.1:${port}/x`;
  await assert.rejects(http.bytes(url, { maxBytes: 1 }), {
    message: `${url}: the server refused the connection\n  hint: check the network (and HTTPS_PROXY, if a proxy is needed), then run it again`,
  });
  await http.close();
});

test('an abort ends a request with its reason', async (t) => {
  const stop = new AbortController();
  const reached = Promise.withResolvers<void>();
  const { body } = await get(t, { '/file': () => reached.resolve() }, { signal: stop.signal });
  await reached.promise;
  stop.abort(new Error('stopped'));
  await assert.rejects(body, /^Error: stopped$/);
});

test('a URL that is not http is refused', async () => {
  const http = openHttp();
  for (const url of ['file:///etc/passwd', 'ftp://x/y', 'nonsense', 'http://']) {
    await assert.rejects(http.bytes(url, { maxBytes: 1 }), /is not an http or https URL/);
  }
  await http.close();
});

test('Retry-After: seconds, a date, or nothing', () => {
  const now = Date.parse('Tue, 24 Nov 2026 10:00:00 GMT');
  assert.equal(retryAfter({ 'retry-after': '3' }, now), 3000);
  assert.equal(retryAfter({ 'retry-after': 'Tue, 24 Nov 2026 10:00:07 GMT' }, now), 7000);
  assert.equal(retryAfter({ 'retry-after': 'Tue, 24 Nov 2026 09:00:00 GMT' }, now), 0);
  assert.equal(retryAfter({ 'retry-after': 'soon' }, now), 0);
  assert.equal(retryAfter({}, now), 0);
});

/** Sets variables of the environment until the test ends. */
function setEnvironment(t: TestContext, values: Readonly<Record<string, string>>) {
  for (const [name, value] of Object.entries(values)) {
    const before = process.env[name];
    process.env[name] = value;
    t.after(() => {
      if (before === undefined) delete process.env[name];
      else process.env[name] = before;
    });
  }
}

test('HTTP_PROXY is asked for whole URLs; NO_PROXY goes past it', async (t) => {
  const proxy = await publish(t, { 'http://publisher.invalid/file': serveFile(TEXT) });
  const direct = await publish(t, { '/file': serveFile(TEXT) });
  setEnvironment(t, { http_proxy: proxy.base, no_proxy: '127.0.0.1' });
  const http = openHttp(SOON);
  t.after(() => http.close());
  assert.deepEqual(await http.bytes('http://publisher.invalid/file', { maxBytes: 1e6 }), TEXT);
  assert.deepEqual(await http.bytes(`${direct.base}/file`, { maxBytes: 1e6 }), TEXT);
  assert.equal(proxy.asked.length, 1);
});

test('HTTPS_PROXY is asked for a tunnel', async (t) => {
  const tunnels: string[] = [];
  const proxy = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      tunnels.push(bytes.toString('latin1').split('\r\n')[0] ?? '');
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  setEnvironment(t, { https_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` });
  const http = openHttp(SOON);
  t.after(() => http.close());
  const asked = http.bytes('https://publisher.invalid/file', { maxBytes: 1 });
  await assert.rejects(asked, /the proxy refused: Proxy response \(407\)/);
  assert.deepEqual(tunnels, ['CONNECT publisher.invalid:443 HTTP/1.1']);
});

test('an invalid proxy URL is refused at once', (t) => {
  setEnvironment(t, { https_proxy: 'http://' });
  assert.throws(() => openHttp(), /HTTPS_PROXY or HTTP_PROXY is not a valid URL/);
});
