// What runs on a node against the real shim: a node opens what Genesis has sealed to it, and knows its proofs; and it
// shows the sentence with which another disk is refused.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { openLive, SERVER } from '../shim/live.trial.ts';

const skip =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' &&
  ['python3', 'openssl'].some((program) => spawnSync(program, ['version']).error !== undefined);

/** A node: `python3 -c NODE BASE MAC KEY`. */
const NODE = `
import os, sys
from enroll import genesis
from trust import proof, seal
base, mac, path = sys.argv[1:]
if not os.path.exists(path):
    seal.make_key(path)
nonce = '01' * 16
try:
    sealed = genesis.ask(genesis.Asking(base, mac, 'a-b-c', seal.public_key(path)), nonce)
    print(seal.open_sealed(sealed.sealed, path))
    print([proof.proves(one, b'old key', 'enroll', nonce, sealed.tag) for one in sealed.proofs])
except genesis.Refused as why:
    print(why.status, why)
`;

async function askAs(base: string, path: string): Promise<string> {
  const options = { cwd: join(import.meta.dirname, '../payload') };
  const words = ['-B', '-c', NODE, base, SERVER, path];
  const { stdout } = await promisify(execFile)('python3', words, options);
  return stdout.trim();
}

function scratch(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-enrolment-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('a node gets its secrets again and again; another disk in its name does not', {
  skip,
}, async (t) => {
  const live = await openLive(t, SERVER);
  const folder = scratch(t);
  const base = `http://127.0.0.1:${live.port}`;
  for (let time = 0; time < 2; time++) {
    const [secrets = '', proofs] = (await askAs(base, join(folder, 'one'))).split('\n');
    const { name, token, peer_key } = JSON.parse(secrets);
    assert.deepEqual([name, token, peer_key], ['k8s-node01', 'new token', 'new key']);
    assert.equal(proofs, '[False, True]', 'a node with older secrets knows Genesis, too');
  }
  assert.match(
    await askAs(base, join(folder, 'two')),
    /^409 .*k8s-node01 is enrolled since .* with another disk, from 127\.0\.0\.1; .*run \.\/homepbp enroll k8s-node01 on Genesis/,
  );
});
