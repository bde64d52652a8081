// ./homepbp doctor against real servers on loopback, where no DHCP is asked.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { startShim } from '../shim/serve.ts';
import { FILES, makeProject } from './doctor/tree.trial.ts';
import { run } from './doctor.ts';
import { inPlace, runHomepbp } from './run-homepbp.trial.ts';

async function startServer(t: TestContext, folder: string, guard: 'mac' | 'off' = 'mac') {
  const shim = await startShim({
    ...{ dist: join(folder, 'dist'), state: join(folder, 'state'), host: '127.0.0.1' },
    secrets: join(folder, 'secrets'),
    ...{ httpPort: 0, tftpPort: 0, guard, proxyDhcp: false, log: () => {} },
  });
  t.after(() => shim.close());
  return ['--http-port', String(shim.http?.port), '--tftp-port', String(shim.tftp?.port)];
}

/** @param tftpWaitMs short where nothing answers */
async function doctor(cwd: string, flags: readonly string[], tftpWaitMs?: number) {
  const words = ['--host', '127.0.0.1', ...flags];
  const { status, stdout } = await inPlace({ cwd, home: cwd }, () => run(words, tftpWaitMs));
  return { status, said: stdout };
}

test('all is well', async (t) => {
  const { folder } = makeProject(t);
  const { status, said } = await doctor(folder, await startServer(t, folder));
  assert.equal(status, 0, said);
  assert.match(
    said,
    /^ok {4}tftp:\/\/127\.0\.0\.1:\d+: undionly\.kpxe, snponly\.efi, boot\.ipxe are served as built/m,
  );
  assert.match(said, /^ok {4}http:\/\/127\.0\.0\.1:\d+\/boot\.ipxe is from this build$/m);
  assert.match(said, /^ok {4}snponly\.efi: iPXE 2\.0\.0, which has everything that HomePBP needs/m);
  assert.match(said, /^ok {4}4 images are served/m);
  assert.doesNotMatch(said, /every name/);
  assert.match(said, /^ok {4}the files in nodes\/ are served only to their own machines$/m);
  assert.doesNotMatch(said, /the secret/);
});

test('nothing runs', async (t) => {
  const { folder } = makeProject(t);
  const { status, said } = await doctor(folder, ['--http-port', '1', '--tftp-port', '1'], 50);
  assert.equal(status, 1);
  assert.match(said, /^ERROR tftp:\/\/127\.0\.0\.1:1\/undionly\.kpxe: no answer\n {6}fix: /m);
  assert.match(said, /^ERROR no answer from http:\/\/127\.0\.0\.1:1\/\n {6}fix: /m);
});

test('a tree that was rebuilt elsewhere, and a guard that is off', async (t) => {
  const { folder } = makeProject(t);
  const other = makeProject(t);
  other.write('dist/tftp/undionly.kpxe', 'another');
  other.write('dist/os/24.04-amd64/initrd', 'half');
  const flags = await startServer(t, other.folder, 'off');
  const { status, said } = await doctor(folder, flags);
  assert.equal(status, 1);
  assert.match(said, /^ERROR tftp:\S+\/undionly\.kpxe is not from this tree/m);
  assert.match(said, /^ERROR not served as built: os\/24\.04-amd64\/initrd \(wrong size\)$/m);
  assert.match(said, /^note {2}anyone on this network can read the files in nodes\//m);
});

test('a tree with genesis.url is looked for there, not at this computer', async (t) => {
  const { folder, write } = makeProject(t);
  write('dist/tftp/boot.ipxe', '#!ipxe\nset base http://127.0.0.1:1/boot\n');
  const { said } = await doctor(folder, await startServer(t, folder));
  assert.match(said, /^ERROR no answer from http:\/\/127\.0\.0\.1:1\/boot\/$/m);
});

test('an export for --url has that URL in its first script, and no other one', async (t) => {
  const { folder } = makeProject(t);
  const other = makeProject(t);
  other.write('dist/tftp/boot.ipxe', '#!ipxe\nset base http://nas.lan/boot\n');
  const flags = await startServer(t, other.folder);
  const right = await doctor(folder, [...flags, '--url', 'http://nas.lan/boot']);
  assert.match(right.said, /^ok {4}tftp:\S+ undionly\.kpxe, .*boot\.ipxe are served as built$/m);
  const wrong = await doctor(folder, [...flags, '--url', 'http://nas.lan/other']);
  assert.match(
    wrong.said,
    /^ERROR tftp:\S+\/boot\.ipxe sends machines to http:\/\/nas\.lan\/boot, not to http:\/\/nas\.lan\/other\n {6}fix: set genesis\.url/m,
  );
  const own = await doctor(folder, [
    ...(await startServer(t, folder)),
    ...['--url', 'http://nas.lan/boot'],
  ]);
  assert.match(own.said, /^ERROR tftp:\S+ sends machines to the TFTP server itself, not to /m);
});

test('the web server has a page for every name', async (t) => {
  const { folder } = makeProject(t);
  const server = createServer(({ url }, response) =>
    response.end(FILES[url?.slice(1) ?? ''] ?? '<html>'),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const port = String((server.address() as AddressInfo).port);
  const { status, said } = await doctor(folder, ['--http-port', port, '--tftp-port', '1'], 50);
  assert.equal(status, 1);
  assert.match(
    said,
    /^ERROR http:\S+ serves a page for every name, even must-be-absent\.ipxe \(HTTP 200\): BIOS .*\n {6}fix: make the web server answer 404/m,
  );
});

test('another program has the port, and never stops sending', async (t) => {
  const { folder } = makeProject(t);
  const server = createServer((_, response) => {
    const pour = () => {
      while (response.write('x'.repeat(10_000)));
    };
    response.on('drain', pour);
    pour();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const port = String((server.address() as AddressInfo).port);
  const { status, said } = await doctor(folder, ['--http-port', port, '--tftp-port', '1'], 50);
  assert.equal(status, 1);
  assert.match(
    said,
    /^ERROR http:\S+ serves something other than boot\.ipxe, such as a web page\n {6}fix: find the program on that port/m,
  );
});

test('an invalid --url is refused before any request', async (t) => {
  const { folder } = makeProject(t);
  const place = { cwd: folder, home: folder };
  for (const url of ['foo', 'ftp://x/', 'https://nas.lan/']) {
    const { status, stderr } = await runHomepbp(['doctor', '--url', url], place);
    assert.equal(status, 1);
    assert.match(stderr, /^doctor: --url takes http:\/\/HOST.*\n$/);
  }
  const { stderr } = await runHomepbp(['doctor', '--http-port', '0'], place);
  assert.match(stderr, /^doctor: --http-port takes a port from 1 to 65535, not '0'\n$/);
});

test('a missing tree has its own error', async (t) => {
  const { folder } = makeProject(t);
  const place = { cwd: folder, home: folder };
  const { status, stderr } = await runHomepbp(['doctor', '--dist', 'none'], place);
  assert.equal(status, 1);
  assert.match(stderr, /^doctor: none is not a built tree\n {2}hint: run \.\/homepbp build/);
});
