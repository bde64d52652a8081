// What the build accepts as a base URL, the shell of the initramfs and the node's Python accept too.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { BAD, GOOD } from '../contract/base-url.trial.ts';
import { baseUrlFault } from '../contract/base-url.ts';
import { makeRoot, runParts, SHELLS, SKIP } from './run-parts.trial.ts';

/** Texts that are almost base URLs. */
const NEAR = fc
  .array(
    fc.constantFrom(
      ...['.', '/', ':', '%', '-', '_', '@', '0', '1', '255', '192.168.1.5', '80', 'nas', 'lan'],
      ...['0x', '%20', '%2f', '..', 'a', '[', '?', '#', ' ', '~', '+', 'é'],
    ),
    { maxLength: 8 },
  )
  .map((parts) => `http://${parts.join('')}`);

for (const shell of SHELLS) {
  describe(`base URLs in ${shell.join(' ')}`, { skip: SKIP }, () => {
    const judge = (t: TestContext, urls: readonly string[]) => {
      const quoted = urls.map((url) => `'${url.replaceAll("'", "'\\''")}'`);
      const script = `for url in ${quoted.join(' ')}; do
        if is_base_url "$url"; then echo yes; else echo no; fi; done`;
      const answers = runParts(shell, makeRoot(t), script).console.trim().split('\n');
      assert.equal(answers.length, urls.length);
      return urls.filter((_, index) => answers[index] === 'yes');
    };

    test('are the same as in the build', (t) => {
      const good = GOOD.map(([url]) => url);
      assert.deepEqual(judge(t, [...good, ...BAD]), good);
    });

    test('are the same for texts that nobody thought of', (t) => {
      const urls = fc.sample(NEAR, 1000);
      const good = urls.filter((url) => baseUrlFault(url) === null);
      assert.ok(good.length > 20);
      assert.deepEqual(judge(t, urls), good);
    });
  });
}

const NO_PYTHON =
  process.env.HOMEPBP_REQUIRE_TOOLS !== '1' && spawnSync('python3', ['--version']).status !== 0;

test('base URLs in Python mean the same host and port', { skip: NO_PYTHON }, () => {
  const program =
    'import json, sys\nfrom fence.rules import target\n' +
    'print(json.dumps([target(url) for url in json.load(sys.stdin)]))';
  const { stdout, stderr } = spawnSync('python3', ['-c', program], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
    input: JSON.stringify(GOOD.map(([url]) => url)),
  });
  assert.equal(stderr, '');
  assert.deepEqual(
    JSON.parse(stdout),
    GOOD.map(([, host, port]) => [host, port]),
  );
});
