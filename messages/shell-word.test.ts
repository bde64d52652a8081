import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { shellWord } from './shell-word.ts';

test('a shell reads the word as it was; plain ones stay as they are', () => {
  assert.equal(shellWord('trusted-signers/archive'), 'trusted-signers/archive');
  for (const word of ['my home/a', "it's", '$(id)', 'a\nb', '*', '', '~']) {
    const script = `printf %s ${shellWord(word)}`;
    assert.equal(execFileSync('sh', ['-c', script], { encoding: 'utf8' }), word);
  }
});
