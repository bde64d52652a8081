// Whose secrets an export has, and in which form; cli/export.test.ts opens one.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { EnrollAnswer } from '../../contract/enrolment.ts';
import type { Issued } from '../../contract/issued.ts';
import { secretsFor } from '../../trust/node-secrets.ts';
import { proof } from '../../trust/proof.ts';
import { handoutFor } from './handout.ts';

const set = (name: string) => ({
  ...{ id: `${name}0123456789abcde`, token: `token ${name}` },
  ...{ agentToken: `agent token ${name}`, peerKey: `peer key ${name}` },
});
const ISSUED: Issued = {
  ...{ version: 1, project: 'p', passwordKey: 'peer key 2' },
  sets: [set('1'), set('2')],
};
const MACS = ['52-54-00-12-34-01', '52-54-00-12-34-02'] as const;
const WORKER = { name: 'worker', role: 'agent' } as const;
const KEY = generateKeyPairSync('rsa', { modulusLength: 3072 })
  .publicKey.export({ type: 'spki', format: 'pem' })
  .toString();

/** A tree with an agent that has two cards, and its record. */
function openTrial(t: TestContext, node: object = {}, pinned: object = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-handout-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const entry = { ...WORKER, macs: MACS, arch: 'amd64', boot: 'live', os: 'x', ...node };
  const inventory = {
    ...{ version: 1, httpPort: 80, cluster: 'c', nodes: [entry] },
    founding: { epoch: 1, servers: [], founded: false },
  };
  mkdirSync(join(folder, 'enrolled'));
  writeFileSync(join(folder, 'inventory.json'), JSON.stringify(inventory));
  const seen = { at: '2026-11-29T00:00:00.000Z', address: null, fingerprint: 'SHA256:x' };
  const record = {
    ...{ version: 1, name: 'worker', admitted: null, refused: null },
    pinned: { ...seen, mac: MACS[0], role: 'agent', state: 'a', key: KEY, wipe: null, ...pinned },
  };
  writeFileSync(join(folder, 'enrolled/worker.json'), JSON.stringify(record));
  return (withoutSecrets = false) =>
    handoutFor(folder, { issued: ISSUED, state: folder, withoutSecrets });
}

test('sealed: for each card, with a proof by each set; its stamp says what it is made of', async (t) => {
  const run = openTrial(t);
  const { files, sealed, clear, without } = await run(true);
  assert.deepEqual([sealed, clear, without], [['worker'], [], []]);
  assert.deepEqual(
    files.map(({ path, isSecret }) => [path, isSecret]),
    MACS.map((mac) => [`nodes/${mac}/secrets.sealed.json`, false]),
  );
  const { sealed: box, proofs }: EnrollAnswer = JSON.parse(files[0]?.text ?? '');
  // By the peer key as an agent has it.
  const own = ISSUED.sets.map(({ peerKey }) => proof(peerKey, 'agent', 'worker'));
  assert.deepEqual(
    proofs,
    own.map((key) => proof(key, 'enroll', '', box.tag)),
  );
  const again = await run(true);
  assert.equal(again.files[0]?.stamp, files[0]?.stamp);
  assert.notEqual(again.files[0]?.text, files[0]?.text);
  const ids = ISSUED.sets.map(({ id }) => id).join(' ');
  assert.match(files[0]?.stamp ?? '', new RegExp(`^worker agent ${ids} SHA256:`));
});

test("in the clear: of the newest set, an agent without the servers' token", async (t) => {
  const { files, clear } = await openTrial(t, { wipe: 'new' })();
  assert.deepEqual(clear, ['worker']);
  const text = files[0]?.text ?? '';
  assert.deepEqual(JSON.parse(text), secretsFor(WORKER, set('1'), ISSUED));
  assert.deepEqual([files[0]?.isSecret, /"token": null/.test(text)], [true, true]);
  assert.deepEqual((await openTrial(t, { wipe: 'new' }, { wipe: 'new' })()).clear, []);
});

test('a node without a disk has another key at each boot, whatever its record says', async (t) => {
  const run = openTrial(t, { diskless: true });
  assert.deepEqual((await run()).clear, ['worker']);
  const { files, without } = await run(true);
  assert.deepEqual([files, without], [[], ['worker']]);
});
