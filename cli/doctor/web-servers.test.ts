// Web servers that do with a tree what a machine cannot cope with, or only seem to.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { findingText } from './finding.ts';
import { judgeImages } from './images.ts';
import { FILES, MAC, makeProject, sayOf } from './tree.trial.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, text: string | null) => void;

async function listen(t: TestContext, server: Server): Promise<string> {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What doctor says of a server; `handle` gets the text of the file that is asked for, if there is one. */
async function examine(t: TestContext, handle: Handler, isHere = false): Promise<string> {
  const server = createServer((request, response) =>
    handle(request, response, FILES[request.url?.slice(1) ?? ''] ?? null),
  );
  return sayOf(makeProject(t), await listen(t, server), isHere);
}

const send: Handler = (_, response, text) => {
  response.statusCode = text === null ? 404 : 200;
  response.end(text);
};

/** A server that has nothing for some names, or another status. */
const without =
  (names: RegExp, status = 404): Handler =>
  (request, response, text) => {
    if (!names.test(request.url ?? '')) return send(request, response, text);
    response.statusCode = status;
    response.end();
  };

test('a plain web server that has everything, and what it cannot protect', async (t) => {
  const said = await examine(t, send);
  assert.doesNotMatch(said, /^ERROR/m);
  assert.match(said, /^ok {4}4 images are served, each with the right size$/m);
  assert.match(said, /^note {2}anyone on this network can read the files in nodes\//m);
  assert.match(said, /^note {2}there are no secrets for n1: .*\n {6}fix: export with/m);
});

test('HTTP/1.0, lengths untold, HEAD refused: slower, but machines boot', async (t) => {
  const tcp = createTcpServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (bytes) => {
      const [method, url = ''] = bytes.toString('latin1').split(' ', 2);
      const text = method === 'HEAD' ? undefined : FILES[url.slice(1)];
      socket.end(
        text === undefined ? 'HTTP/1.0 404 None\r\n\r\n' : `HTTP/1.0 200 OK\r\n\r\n${text}`,
      );
    });
  });
  const said = await sayOf(makeProject(t), await listen(t, tcp));
  assert.doesNotMatch(said, /^ERROR/m);
  assert.match(said, /^note {2}sent without a length, .*rootfs\.squashfs.*\n {6}fix: /m);
  const chunked = await examine(t, (request, response, text) => {
    if (request.method === 'HEAD' || text === null) return send(request, response, null);
    response.write(text.slice(0, 3));
    response.end(text.slice(3));
  });
  assert.doesNotMatch(chunked, /^ERROR/m);
  assert.match(chunked, /^note {2}sent without a length/m);
});

test('compression only for who asks for it is none of our business; for all it is', async (t) => {
  const asked = await examine(t, (request, response, text) => {
    assert.equal(request.headers['accept-encoding'], undefined);
    assert.equal(request.headers['user-agent'], 'homepbp-doctor');
    send(request, response, text);
  });
  assert.match(asked, /4 images are served/);
  const pack =
    (names: RegExp): Handler =>
    (request, response, text) => {
      if (text === null || !names.test(request.url ?? '')) return send(request, response, text);
      response.setHeader('Content-Encoding', 'gzip').end(gzipSync(text));
    };
  assert.match(
    await examine(t, pack(/ipxe$/)),
    /^ERROR \S+ sends boot\.ipxe compressed \(gzip\), though no machine asks for that\n {6}fix: switch compression off/m,
  );
  assert.match(
    await examine(t, pack(/squashfs$/)),
    /^ERROR not served as built: os\/24\.04-amd64\/rootfs\.squashfs \(packed as gzip\)\n {6}fix: switch compression off/m,
  );
  // Apache labels .gz files so, and sends them as they are.
  const label: Handler = (request, response, text) => {
    if (request.url?.endsWith('initrd')) response.setHeader('Content-Encoding', 'x-gzip');
    response.setHeader('Content-Length', text?.length ?? 0);
    send(request, response, text);
  };
  assert.match(await examine(t, label), /4 images are served/);
});

test('redirects: to https, in circles, and elsewhere', async (t) => {
  const to =
    (location: (url: string) => string): Handler =>
    ({ url = '' }, response) => {
      response.writeHead(301, { Location: location(url) }).end();
    };
  const tls = await examine(
    t,
    to((url) => `https://nas.lan${url}`),
  );
  assert.match(
    tls,
    /^ERROR http:\S+ redirects to https \(https:\/\/nas\.lan\/boot\.ipxe\), which machines cannot follow\n {6}fix: let the web server give this folder over plain http/,
  );
  assert.doesNotMatch(tls, /ss -ltnp/);
  assert.match(
    await examine(
      t,
      to((url) => `${url}x`),
    ),
    /^ERROR \S+ redirects in circles/,
  );
  const other = await listen(
    t,
    createServer((request, response) =>
      send(request, response, FILES[request.url?.slice(1) ?? ''] ?? null),
    ),
  );
  const moved = await examine(
    t,
    to((url) => `${other}${url}`),
  );
  assert.doesNotMatch(moved, /^ERROR/m);
  assert.match(moved, new RegExp(`^note {2}http:\\S+ redirects to ${other}/\n`, 'm'));
});

test('names whose ending the web server does not know', async (t) => {
  assert.match(
    await examine(t, without(/\.ipxe$/)),
    /^ERROR \S+ has the tree, but does not serve \.ipxe files \(HTTP 404\)\n {6}fix: let the web server send files of every name/,
  );
  const images = await examine(t, without(/squashfs|vmlinuz|initrd|k3s/));
  assert.match(images, /^ERROR not served as built: /m);
  assert.match(
    images,
    /fix: run \.\/homepbp build \(or export\) again/,
    'no image at all is there',
  );
  assert.match(
    await examine(t, without(/vmlinuz|initrd|k3s/)),
    /\(HTTP 404\), \S+ \(HTTP 404\)\n {6}fix: if they are there, .*\(without an ending\)/,
  );
  assert.match(
    await examine(t, without(/vmlinuz/)),
    /vmlinuz \(HTTP 404\)\n {6}fix: run \.\/homepbp build/,
    'another file without an ending is served',
  );
});

for (const [status, fix] of [
  [401, /let the web server give this folder to everybody: machines have no password/],
  [403, /let the web server's user read the files: chmod -R a\+rX .*SELinux/],
] as const) {
  test(`what is refused with ${status}: the scripts, the images, the files of nodes`, async (t) => {
    const script = await examine(t, without(/boot\.ipxe$/, status));
    assert.match(script, new RegExp(`^ERROR \\S+ refuses boot\\.ipxe \\(HTTP ${status}\\)\n`));
    assert.match(script, fix);
    assert.match(await examine(t, without(/initrd/, status)), fix);
    const seed = await examine(t, without(/user-data/, status));
    const what = `^ERROR machines do not get their files: nodes/${MAC}/user-data \\(HTTP ${status}\\)\n`;
    assert.match(seed, new RegExp(what, 'm'));
    assert.match(seed, fix);
    assert.doesNotMatch(seed, /only to their own machines/);
  });
}

test('secrets that the web server may not read, and files of nodes that it does not have', async (t) => {
  const secrets = await examine(t, without(/secrets\.json$/, 403));
  assert.match(secrets, /^ERROR \S+ refuses the secrets\.json of n1: .*\n {6}fix: .*chmod 0644/m);
  const seeds = await examine(t, without(/^\/nodes\//));
  assert.match(seeds, /^ERROR machines do not get their files: .*\n {6}fix: export again: /m);
  const endings = await examine(t, without(/^\/nodes\/.*-data$/));
  assert.match(endings, /user-data \(HTTP 404\)\n {6}fix: .*without an ending, too.* export DIR/);
  assert.doesNotMatch(
    judgeImages([], { isHere: false })
      .map((finding) => findingText(finding))
      .join(''),
    /^ok/,
    'nothing is no success',
  );
});

test('an export for its own URL is of this build, unless the scripts of its nodes are not', async (t) => {
  const answer =
    (node: string): Handler =>
    (request, response, text) => {
      const url = `http://${request.headers.host}`;
      if (request.url === '/boot.ipxe') response.end(`#!ipxe\nset base ${url}\n`);
      else send(request, response, request.url?.endsWith('boot.ipxe') ? node : text);
    };
  const good = await examine(t, answer(FILES[`nodes/${MAC}/boot.ipxe`] ?? ''));
  assert.doesNotMatch(good, /^ERROR/m);
  assert.match(good, /^ok {4}\S+\/boot\.ipxe is from this build$/m);
  assert.match(
    await examine(t, answer('#!ipxe\nkernel old\n')),
    /^ERROR \S+ is from another build than dist\/: nodes\/\S+\/boot\.ipxe\n {6}fix: export again/m,
  );
});

test('something else is there: what, and whose port it is to look at', async (t) => {
  const page: Handler = (_, response) => response.end('<html>');
  assert.match(
    await examine(t, page, true),
    /^ERROR \S+ serves something other than boot\.ipxe, such as a web page\n {6}fix: find the program on that port with sudo ss -ltnp/,
  );
  const elsewhere = await examine(t, page);
  assert.match(elsewhere, /fix: check that this is the folder that \.\/homepbp export wrote/);
  assert.doesNotMatch(elsewhere, /ss -ltnp/);
  const old: Handler = (_, response) => response.end('#!ipxe\necho old\n');
  assert.match(
    await examine(t, old),
    /^ERROR \S+ serves the boot\.ipxe of another build\n {6}fix: export again/,
  );
  const another: Handler = (_, response) =>
    response.end('#!ipxe\nset base http://other.lan/boot\n');
  assert.match(
    await examine(t, another),
    /^ERROR \S+ serves a boot\.ipxe that sends machines to http:\/\/other\.lan\/boot\n/,
  );
  assert.match(await examine(t, without(/./, 500)), /^ERROR \S+ has no boot\.ipxe \(HTTP 500\)\n/);
  assert.match(
    await sayOf(makeProject(t), 'http://127.0.0.1:1'),
    /^ERROR no answer from \S+\n {6}fix: check that the web server there is running/,
  );
});
