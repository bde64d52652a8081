import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNoBusybox } from './busybox.ts';
import { trialBusybox, trialElf } from './elf.trial.ts';
import { elfFacts } from './elf.ts';

test('a static program of each architecture', () => {
  for (const arch of ['amd64', 'arm64'] as const) {
    const facts = { machine: arch, isProgram: true, interpreter: null };
    assert.deepEqual(elfFacts(trialElf({ arch })), facts);
    assert.equal(whyNoBusybox(trialBusybox(arch), arch), null);
  }
});

test('this very program says what the kernel reads of it too', {
  skip: process.platform !== 'linux',
}, async () => {
  const { readFileSync } = await import('node:fs');
  const facts = elfFacts(readFileSync(process.execPath));
  assert.equal(facts?.machine, { x64: 'amd64', arm64: 'arm64' }[process.arch as 'x64']);
  assert.match(facts?.interpreter ?? '', /^\/lib.*\/ld-/);
  assert.ok(facts?.isProgram);
});

test('one truncated at any length is rejected without a crash', () => {
  const whole = trialElf({ arch: 'amd64', interpreter: '/lib/ld.so' });
  const headers = 64 + 2 * 56;
  for (let length = 0; length < headers; length += 1) {
    assert.equal(elfFacts(whole.subarray(0, length)), null, `${length}`);
  }
  assert.notEqual(elfFacts(whole.subarray(0, headers)), null);
});

const without = (at: number) => Buffer.from(trialBusybox('amd64')).fill(0, at, at + 8);
const narrow = Buffer.from(trialBusybox('amd64'));
narrow[4] = 1;
const riscv = Buffer.from(trialBusybox('amd64'));
riscv.writeUInt16LE(243, 18);
const CASES: readonly [string, Uint8Array, string][] = [
  ['of another machine', trialBusybox('arm64'), 'is for arm64, not for amd64'],
  ['of a third machine', riscv, 'is for another machine (ELF number 243), not for amd64'],
  ['of 32 bits', narrow, 'is not a 64-bit ELF program but an ELF program'],
  ['without a start', without(24), 'is an ELF file but not a program'],
  [
    'that needs a loader',
    trialElf({ arch: 'amd64', interpreter: '/lib64/ld-linux-x86-64.so.2', text: 'BusyBox v1' }),
    'is not static: it needs /lib64/ld-linux-x86-64.so.2',
  ],
  ['that is another program', trialElf({ arch: 'amd64' }), 'is a static program, but not busybox'],
  [
    'that is a page',
    Buffer.from('<!DOCTYPE html>'),
    'is not a 64-bit ELF program but an HTML page',
  ],
  ['that is nothing', Buffer.alloc(0), 'is not a 64-bit ELF program but empty'],
];

for (const [what, bytes, why] of CASES) {
  test(`a busybox ${what}`, () => assert.equal(whyNoBusybox(bytes, 'amd64'), why));
}
