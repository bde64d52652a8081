// The program as it runs on a node, against what Genesis is made of (trust/, contract/): both read and write the
// same, and the node's own openssl opens what Node.js has sealed.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import {
  ENROLL_API,
  type EnrollAnswer,
  type EnrollRequest,
  MAX_ENROLL_BYTES,
  parseEnrollRequest,
} from '../../contract/enrolment.ts';
import type { Role } from '../../contract/inventory.ts';
import { nodeSecretsSchema } from '../../contract/node-secrets.ts';
import { parseJson } from '../../contract/parse.ts';
import { peerKeyOf, secretsFor } from '../../trust/node-secrets.ts';
import { proof } from '../../trust/proof.ts';
import { readPublicKey } from '../../trust/public-key.ts';
import { seal } from '../../trust/seal.ts';

const MAC = '52-54-00-12-34-01';
const UUID = 'c0ffee00-0000-4000-8000-000000000001';
const SET = { id: 'aa'.repeat(8), token: 'token', agentToken: 'agents', peerKey: 'peer key' };
const NEWER = { id: 'bb'.repeat(8), token: 'token 2', agentToken: 'agents 2', peerKey: 'peer 2' };
const ISSUED = { version: 1, project: 'x', passwordKey: SET.peerKey } as const;

const SKIP =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' &&
  (spawnSync('python3', ['--version']).status !== 0 ||
    spawnSync('openssl', ['version']).status !== 0);

interface Genesis {
  readonly base: string;
  readonly requests: EnrollRequest[];
}

/** Answers with the newest of the sets, and proofs by them all, as the contract says. */
async function startGenesis(t: TestContext, role: Role, sets: readonly (typeof SET)[]) {
  const requests: EnrollRequest[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    assert.deepEqual([request.method, request.url], ['POST', `/boot/${ENROLL_API}`]);
    assert.ok(body.length <= MAX_ENROLL_BYTES);
    assert.equal(request.headers.origin, undefined);
    const asked = parseEnrollRequest(body);
    requests.push(asked);
    const [newest = SET] = sets;
    const node = { name: 'n1', role };
    const sealed = seal(JSON.stringify(secretsFor(node, newest, ISSUED)), readPublicKey(asked.key));
    const proofs = sets.map(({ peerKey }) =>
      proof(peerKeyOf(node, peerKey), 'enroll', asked.nonce, sealed.tag),
    );
    response.end(JSON.stringify({ version: 1, sealed, proofs } satisfies EnrollAnswer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { base: `http://127.0.0.1:${port}/boot`, requests } satisfies Genesis;
}

function makeNode(t: TestContext, role: Role) {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-enroll-'));
  t.after(() => rmSync(root, { recursive: true }));
  const path = (name: string) => join(root, name);
  const write = (name: string, value: unknown) => {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), typeof value === 'string' ? value : JSON.stringify(value));
  };
  write('etc/homepbp/node.json', { name: 'n1', role });
  write('run/homepbp/disk.json', { state: 'mounted', uuid: UUID });
  mkdirSync(path('var/lib/homepbp'), { recursive: true });
  return {
    write,
    secretsIn: (file: string) =>
      parseJson(nodeSecretsSchema, readFileSync(path(`var/lib/homepbp/${file}`), 'utf8')),
    /** Runs the program for one round, which writes a file. */
    async enroll({ base }: Genesis, file: string): Promise<void> {
      write('run/homepbp/boot.env', `HOMEPBP_BASE=${base}\nHOMEPBP_NODE=${MAC}\n`);
      const child = spawn('python3', ['-B', '-u', '-m', 'enroll'], {
        cwd: join(import.meta.dirname, '..'),
        env: { PATH: process.env.PATH, HOMEPBP_SYSROOT: root },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr])
        stream.on('data', (chunk) => {
          said += chunk;
        });
      const exit = once(child, 'exit');
      // It says so once the file is there.
      await Promise.race([exit, once(child.stdout, 'data')]);
      child.kill();
      await exit;
      assert.ok(existsSync(path(`var/lib/homepbp/${file}`)), said);
    },
  };
}

for (const role of ['server', 'agent'] as const) {
  test(`a new ${role} enrols and has its secrets`, {
    skip: SKIP,
    timeout: 60_000,
  }, async (t) => {
    const [genesis, node] = [await startGenesis(t, role, [SET]), makeNode(t, role)];
    await node.enroll(genesis, 'secrets.json');
    assert.deepEqual(node.secretsIn('secrets.json'), secretsFor({ name: 'n1', role }, SET, ISSUED));
    const [request] = genesis.requests;
    assert.deepEqual([request?.mac, request?.state], [MAC, UUID]);
  });

  test(`${role}: with secrets of an old seed it stages a newer set that is proved by them`, {
    skip: SKIP,
    timeout: 60_000,
  }, async (t) => {
    const [genesis, node] = [await startGenesis(t, role, [NEWER, SET]), makeNode(t, role)];
    const old = { version: 1, token: SET.token, peer_key: SET.peerKey };
    node.write('etc/homepbp/secrets.json', old);
    await node.enroll(genesis, 'secrets.staged.json');
    assert.deepEqual(
      node.secretsIn('secrets.staged.json'),
      secretsFor({ name: 'n1', role }, NEWER, ISSUED),
    );
  });
}
