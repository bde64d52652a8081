// What runs on nodes against the real shim: they open what Genesis has sealed to them, believe its word on the founding,
// and close its latch.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { ISSUED, openLive, SERVER, stateFile } from '../shim/live.trial.ts';

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

/** A server that has founded: `python3 -c FOUNDER BASE MAC KEY FILE`. */
const FOUNDER = `
import sys
from checkin import client
from join.model import Member
from join.shell import genesis
base, mac, key, client.BOOT_ENV = sys.argv[1:]
with open(client.BOOT_ENV, 'w') as env:
    env.write(f'HOMEPBP_BASE={base}\\nHOMEPBP_NODE={mac}\\n')
latch = lambda: genesis.ask(base, key.encode()).latch
before = latch()
heard = genesis.say_founded(base, key.encode(), Member(1, 'founder', 'ab' * 32))
print(before, heard, latch())
`;

async function python(program: string, ...words: readonly string[]): Promise<string> {
  const options = { cwd: join(import.meta.dirname, '../payload') };
  const { stdout } = await promisify(execFile)('python3', ['-B', '-c', program, ...words], options);
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
  const askAs = (key: string) => python(NODE, base, SERVER, join(folder, key));
  for (let time = 0; time < 2; time++) {
    const [secrets = '', proofs] = (await askAs('one')).split('\n');
    const { name, token, peer_key } = JSON.parse(secrets);
    assert.deepEqual([name, token, peer_key], ['k8s-node01', 'new token', 'new key']);
    assert.equal(proofs, '[False, True]', 'a node with older secrets knows Genesis, too');
  }
  assert.match(
    await askAs('two'),
    /^409 .*k8s-node01 is enrolled since .* with another disk, from 127\.0\.0\.1; .*run \.\/homepbp enroll k8s-node01 on Genesis/,
  );
});

/** A node with secrets: `python3 -c ROTATING BASE MAC KEY SET PEER_KEY`; prints the ids of the sets that Genesis keeps. */
const ROTATING = `
import os, sys
from enroll import genesis, held
from trust import seal
base, mac, path, used, key = sys.argv[1:]
if not os.path.exists(path):
    seal.make_key(path)
uses = held.Held(2, 'k8s-node01', 'server', used, 'a token', 'for agents', key, None)
sealed = genesis.ask(genesis.Asking(base, mac, 'a-b-c', seal.public_key(path), uses), '01' * 16)
print(*held.kept_sets(seal.open_sealed(sealed.sealed, path)))
`;

test('a node proves which set of secrets it works with, and hears which ones Genesis keeps', {
  skip,
}, async (t) => {
  const live = await openLive(t, SERVER);
  const key = join(scratch(t), 'key');
  const base = `http://127.0.0.1:${live.port}`;
  const [newest, oldest] = ISSUED.sets;
  const used = () => JSON.parse(stateFile(live.state, 'enrolled/k8s-node01.json')).pinned.uses;
  const ask = (id: string, peerKey: string) => python(ROTATING, base, SERVER, key, id, peerKey);
  assert.equal(await ask(newest.id, 'another key'), `${newest.id} ${oldest.id}`);
  assert.equal(used(), undefined);
  await ask(oldest.id, oldest.peerKey);
  assert.equal(used(), oldest.id);
});

test('a founder closes the latch by its own proof, and believes Genesis by its; others do neither', {
  skip,
}, async (t) => {
  const live = await openLive(t, SERVER);
  const env = join(scratch(t), 'boot.env');
  const found = (key: string) => python(FOUNDER, `http://127.0.0.1:${live.port}`, SERVER, key, env);
  assert.equal(await found('their key'), 'None False None');
  assert.equal((await live.founding()).founded, false);
  assert.equal(await found('old key'), 'Latch(epoch=0) True Latch(epoch=1)');
  assert.equal((await live.view()).founding.founder, 'k8s-node01');
});
