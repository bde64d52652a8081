// What Genesis seals and proves (trust/) is what a node opens and checks, by its real openssl.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Sealed } from '../../contract/enrolment.ts';
import { proof } from '../../trust/proof.ts';
import { readPublicKey } from '../../trust/public-key.ts';
import { seal } from '../../trust/seal.ts';

function python(code: string, ...words: readonly string[]) {
  const options = { cwd: join(import.meta.dirname, '..'), encoding: 'utf8' } as const;
  return spawnSync('python3', ['-B', '-c', code, ...words], options);
}

/** A node's key pair. */
function makeKey(t: TestContext): { path: string; pem: string } {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-trust-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'key.pem');
  const made = python(
    'import sys; from trust import seal; seal.make_key(sys.argv[1]); print(seal.public_key(sys.argv[1]))',
    path,
  );
  assert.equal(made.status, 0, made.stderr);
  return { path, pem: made.stdout };
}

/** What a node says of sealed secrets: the text, or why not. */
function openOnNode(sealed: Sealed, path: string): string {
  const opened = python(
    `import json, sys
from trust import seal
try:
    sys.stdout.write(seal.open_sealed(json.loads(sys.argv[1]), sys.argv[2]))
except seal.Unopened as why:
    print(f'no: {why}')`,
    JSON.stringify(sealed),
    path,
  );
  assert.equal(opened.status, 0, opened.stderr);
  return opened.stdout;
}

test('a node opens what was sealed to its key, and nothing else', (t) => {
  const [mine, other] = [makeKey(t), makeKey(t)];
  assert.equal(statSync(mine.path).mode & 0o777, 0o600);
  const text = JSON.stringify({ token: 'ü'.repeat(300) });
  const sealed = seal(text, readPublicKey(mine.pem));
  assert.equal(openOnNode(sealed, mine.path), text);
  assert.match(openOnNode(sealed, other.path), /^no: openssl pkeyutl: /);

  const again = seal(text, readPublicKey(mine.pem));
  assert.notEqual(again.data, sealed.data, 'never the same twice');
  const mixed = { ...sealed, data: again.data };
  assert.match(openOnNode(mixed, mine.path), /^no: the sealed secrets were changed/);
  for (const wrong of [
    { ...sealed, version: 2 },
    { ...sealed, key: '!' },
    { ...sealed, tag: 'é' },
    { version: 1 },
    null,
  ])
    assert.match(openOnNode(wrong as Sealed, mine.path), /^no: /);
});

test('proofs are the same on both sides', () => {
  const cases = [
    ['latch', '0123456789abcdef0123456789abcdef', 'founded', '3'],
    ['check-in', 'ff'.repeat(16), '52-54-00-12-34-01', 'founded', '', 'naïve message'],
    ['agent', 'worker-1'],
  ] as const;
  for (const [purpose, ...fields] of cases) {
    const said = python(
      `import sys; from trust import proof
key = b'the peer key'
made = proof.proof(key, *sys.argv[1:])
assert proof.proves(made, key, *sys.argv[1:])
assert not proof.proves(made[:-1] + 'g', key, *sys.argv[1:]) and not proof.proves(None, key, *sys.argv[1:])
print(made)`,
      purpose,
      ...fields,
    );
    assert.equal(said.stdout.trim(), proof('the peer key', purpose, ...fields), said.stderr);
  }
});
