import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyReference } from './key-reference.ts';

test('a key on the command line becomes a reference as in nodes.yaml', () => {
  const cases: readonly [string, string][] = [
    ['keys/anna.pub', '/srv/here/keys/anna.pub'],
    ['../project/anna.pub', 'anna.pub'],
    ['/home/anna/.ssh/id_rsa.pub', '~/.ssh/id_rsa.pub'],
    ['~/.ssh/id_rsa.pub', '~/.ssh/id_rsa.pub'],
    ['/etc/keys/a b.pub', '/etc/keys/a b.pub'],
    ['/home/annabel/a.pub', '/home/annabel/a.pub'],
    ['ssh-ed25519 AAAA anna\n', 'ssh-ed25519 AAAA anna'],
    ['from="a" ssh-ed25519 AAAA anna', 'from="a" ssh-ed25519 AAAA anna'],
    ['gh:anna', 'gh:anna'],
    [' ', ''],
  ];
  for (const [given, wanted] of cases) {
    const reference = keyReference(given, '/srv/project', '/home/anna', '/srv/here');
    assert.equal(reference, wanted);
  }
});
