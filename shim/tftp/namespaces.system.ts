// `./homepbp serve` on a computer with two cards, one with two addresses: each address answers for
// itself, and only where allowed. In network namespaces, as root.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import {
  addNamespace,
  cable,
  ip,
  skip,
  spawnIn,
  untilLine,
} from '../proxy-dhcp/namespaces.trial.ts';
import { pattern } from './server.trial.ts';

const run = promisify(execFile);
const HOMEPBP = join(import.meta.dirname, '../../homepbp');
const ASK = join(import.meta.dirname, 'ask-from.trial.ts');
const CONTENT = pattern(5000);

const prefix = `hpbt${process.pid}`;
const names = { genesis: `${prefix}g`, one: `${prefix}1`, two: `${prefix}2` };
/** Genesis on the network of machine one, twice, and on that of machine two. */
const ADDRESS = { one: '10.98.1.1', alsoOne: '10.98.1.2', two: '10.98.2.1' } as const;

const cleanups: (() => unknown)[] = [];
let dist = '';

before(() => {
  if (skip) return;
  for (const name of Object.values(names)) cleanups.push(addNamespace(name));
  cable(names.genesis, 'e1', names.one, 'lan');
  cable(names.genesis, 'e2', names.two, 'lan');
  ip(`-n ${names.genesis} addr add ${ADDRESS.one}/24 dev e1`);
  ip(`-n ${names.genesis} addr add ${ADDRESS.alsoOne}/24 dev e1`);
  ip(`-n ${names.genesis} addr add ${ADDRESS.two}/24 dev e2`);
  ip(`-n ${names.one} addr add 10.98.1.50/24 dev lan`);
  ip(`-n ${names.two} addr add 10.98.2.50/24 dev lan`);
  dist = mkdtempSync(join(tmpdir(), 'homepbp-tftp-'));
  cleanups.push(() => rmSync(dist, { recursive: true }));
  mkdirSync(join(dist, 'tftp'));
  writeFileSync(join(dist, 'tftp', 'boot.bin'), CONTENT);
  writeFileSync(join(dist, 'manifest.json'), '{}');
});

after(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
});

/** Starts the shim at TFTP's own port. */
async function serve(t: TestContext, flags: readonly string[] = []): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'homepbp-tftp-state-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const base = ['serve', '--dist', dist, '--http-port', '0', '--tftp-port', '69'];
  const child = spawnIn(t, names.genesis, [HOMEPBP, ...base, '--state', state, ...flags]);
  await untilLine(child.stdout, /^ready http=\S+ tftp=\S+:69$/);
}

/** Asks an address from a machine. @returns the sender of the first answer; null if none */
async function ask(machine: 'one' | 'two', address: string): Promise<string | null> {
  const words = ['netns', 'exec', names[machine], process.execPath, ASK, address];
  const { stdout } = await run('ip', words, { timeout: 20_000 });
  return stdout.trim() === 'nothing' ? null : stdout.trim();
}

/** Fetches the file from an address with curl, which accepts answers from no other. */
async function fetch(machine: 'one' | 'two', address: string): Promise<void> {
  const target = join(dist, `got-${machine}`);
  const url = `tftp://${address}/boot.bin`;
  const curl = ['curl', '-sS', '-m', '10', '-o', target, url];
  await run('ip', ['netns', 'exec', names[machine], ...curl], { timeout: 20_000 });
  assert.ok(readFileSync(target).equals(CONTENT));
}

test('two cards, two addresses on one: the transfer comes from the address asked', {
  skip,
}, async (t) => {
  await serve(t);
  for (const [machine, address] of [
    ['one', ADDRESS.one],
    ['one', ADDRESS.alsoOne],
    ['two', ADDRESS.two],
  ] as const) {
    assert.equal(await ask(machine, address), address);
    await fetch(machine, address);
  }
});

test('--interface: no answer on the other card', { skip }, async (t) => {
  await serve(t, ['--interface', 'e1']);
  await fetch('one', ADDRESS.one);
  await fetch('one', ADDRESS.alsoOne);
  assert.equal(await ask('two', ADDRESS.two), null);
});
