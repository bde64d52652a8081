import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishedName } from './paths.ts';

test('names from elsewhere lose what IIS, NTFS, exFAT and SMB cannot have', () => {
  for (const [name, published] of [
    ['v1.34.1+k3s1', 'v1.34.1-k3s1'],
    ['v1.34.1-rc1+k3s1/k3s-amd64', 'v1.34.1-rc1-k3s1/k3s-amd64'],
    ['debs/grub_1%3a2.12+1~22.04_amd64.deb', 'debs/grub_1-2.12-1~22.04_amd64.deb'],
    ['a:b%', 'a-b-'],
    ['vmlinuz', 'vmlinuz'],
  ] as const)
    assert.equal(publishedName(name), published);
});
