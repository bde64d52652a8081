// Publishers that are asked over TLS: their certificates are checked, through a proxy's tunnel too.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { type AddressInfo, connect, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';

const IN_TIME = { timeout: 60_000 };
const run = promisify(execFile);

/** Node reads NODE_EXTRA_CA_CERTS when it starts: so the asking is done by a process of its own. */
const ASK = `
import { openHttp } from ${JSON.stringify(join(import.meta.dirname, 'http.ts'))};
const http = openHttp({ retry: { attempts: 1, firstDelay: 1, maxDelay: 1 } });
try {
  console.log(String(await http.bytes(process.argv[1], { maxBytes: 1000 })));
} catch (error) {
  console.log('FAULT ' + error.message);
}
await http.close();
`;

/** What a process that trusts that CA, and goes by those variables, says of a URL. */
async function ask(url: string, env: Readonly<Record<string, string>>): Promise<string> {
  const words = ['--input-type=module', '-e', ASK, url];
  const { stdout } = await run(process.execPath, words, {
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  return stdout.trim();
}

/** A CA and a certificate by it, for a name; made by openssl. */
function makeCertificate(t: TestContext, name: string) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-tls-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const openssl = (...words: string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  openssl('req', '-x509', ...key, '-keyout', 'ca.key', '-out', 'ca.crt', '-subj', '/CN=A test CA');
  const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', `subjectAltName=DNS:${name}`];
  const subject = ['-subj', `/CN=${name}`];
  openssl('req', '-x509', ...key, ...by, '-keyout', 'tls.key', '-out', 'tls.crt', ...subject);
  const read = (file: string) => readFileSync(join(folder, file));
  return { ca: join(folder, 'ca.crt'), key: read('tls.key'), cert: read('tls.crt') };
}

async function listen(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => new Promise((closed) => server.close(closed)));
  return (server.address() as AddressInfo).port;
}

/** A publisher with a certificate for `localhost`, and its URL. */
async function publishOverTls(t: TestContext) {
  const { ca, ...certificate } = makeCertificate(t, 'localhost');
  const server = createServer(certificate, (_, response) => response.end('over TLS'));
  return { ca, port: await listen(t, server) };
}

test(
  'a certificate by a CA that is trusted, by another one, and for another name',
  IN_TIME,
  async (t) => {
    const { ca, port } = await publishOverTls(t);
    const url = `https://localhost:${port}/file`;
    assert.equal(await ask(url, { NODE_EXTRA_CA_CERTS: ca }), 'over TLS');
    assert.match(
      await ask(url, {}),
      /^FAULT https:\/\/localhost:\d+\/file: .*certificate[\s\S]*hint: /,
    );
    const other = `https://127.0.0.1:${port}/file`;
    assert.match(await ask(other, { NODE_EXTRA_CA_CERTS: ca }), /^FAULT .*(altnames|certificate)/i);
  },
);

test(
  "HTTPS_PROXY: the tunnel's far end is the publisher, with its own certificate",
  IN_TIME,
  async (t) => {
    const { ca, port } = await publishOverTls(t);
    const tunnels: string[] = [];
    const proxy = createProxy().on('connect', (request, client, head) => {
      tunnels.push(request.url ?? '');
      const far = connect(port, '127.0.0.1', () => {
        client.write('HTTP/1.1 200 Connection established\r\n\r\n');
        far.write(head);
        far.pipe(client).pipe(far);
      });
      far.on('error', () => client.destroy());
      client.on('error', () => far.destroy());
    });
    const https_proxy = `http://127.0.0.1:${await listen(t, proxy)}`;
    const url = `https://localhost:${port}/file`;
    assert.equal(await ask(url, { https_proxy, NODE_EXTRA_CA_CERTS: ca }), 'over TLS');
    assert.match(await ask(url, { https_proxy }), /^FAULT .*certificate/);
    assert.deepEqual(tunnels, [`localhost:${port}`, `localhost:${port}`]);
  },
);
