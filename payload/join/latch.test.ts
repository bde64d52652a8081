// What Genesis and a node prove to each other: each half by its own code.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  checkinSchema,
  type FoundingAnswer,
  foundingAnswerSchema,
} from '../../contract/checkin.ts';
import { parseJson, parseValue } from '../../contract/parse.ts';
import { proof, proves } from '../../trust/proof.ts';

const KEY = 'the peer key';
const [NONCE, CHALLENGE] = ['ab'.repeat(16), 'cd'.repeat(16)];
/** Where every tool must be there, the tests fail instead. */
const NO_PYTHON =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' && spawnSync('python3', ['--version']).status !== 0;

function python(code: string, input: string): string {
  const options = { cwd: join(import.meta.dirname, '..'), input, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync('python3', ['-B', '-c', code, KEY, NONCE], options);
  assert.equal(status, 0, stderr);
  return stdout.trim();
}

const READ = `
import sys
from join.latch import read_word
print(read_word(sys.stdin.buffer.read(), sys.argv[2], sys.argv[1].encode()))
`;

function answer(epoch: number, ...keys: readonly string[]): FoundingAnswer {
  const proofs = keys.map((key) => proof(key, 'latch', NONCE, 'founded', String(epoch)));
  const whole = { version: 1, founded: true, epoch, nonce: NONCE, proofs, challenge: CHALLENGE };
  return parseValue(foundingAnswerSchema, whole);
}

test("a node believes Genesis' word by its own key, among several", { skip: NO_PYTHON }, () => {
  const read = (word: FoundingAnswer) => python(READ, JSON.stringify(word));
  const believed = `Word(latch=Latch(epoch=3), challenge='${CHALLENGE}')`;
  assert.equal(read(answer(3, 'a later key', KEY)), believed);
  assert.equal(read(answer(3, 'a later key')), `Word(latch=None, challenge='${CHALLENGE}')`);
  assert.equal(read({ version: 1, founded: true, epoch: 3 }), "Word(latch=None, challenge='')");
});

const PROVE = `
import json, sys
from checkin import client
body = client.body_of('52-54-00-12-34-01', 'founded', 'ab' * 32, None, 3)
print(json.dumps(client.proved(body, client.Prover(sys.argv[1].encode(), sys.stdin.read()))))
`;

test("Genesis can tell a founder's check-in from others", { skip: NO_PYTHON }, () => {
  const {
    challenge,
    proof: given,
    mac,
    stage,
    epoch,
    message,
  } = parseJson(checkinSchema, python(PROVE, CHALLENGE));
  assert.equal(challenge, CHALLENGE);
  const fields = [CHALLENGE, mac, stage, String(epoch), message];
  assert.ok(proves(given ?? '', KEY, 'check-in', ...fields));
  assert.ok(!proves(given ?? '', 'another key', 'check-in', ...fields));
});
