import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientMac } from '../guard/client-mac.ts';
import { MacCache } from './mac-cache.ts';

const ONE = '52-54-00-12-34-01';
const TWO = '52-54-00-12-34-02';
const LOCAL = '192.0.2.1';

/** A kernel that answers with `table` (address → MAC address), and a clock. */
function trial() {
  const table = new Map([['192.0.2.5', ONE]]);
  const asked: string[] = [];
  const clock = { now: 0 };
  const ask = async (client: string): Promise<ClientMac> => {
    asked.push(client);
    const mac = table.get(client);
    if (mac === 'broken') throw new Error('no kernel');
    return mac === undefined ? { kind: 'unknown' } : { kind: 'neighbour', mac };
  };
  return { table, asked, clock, macs: new MacCache(ask, () => clock.now) };
}

test('the kernel is asked once per address in ten seconds', async () => {
  const { table, asked, clock, macs } = trial();
  const both = [macs.macOf('192.0.2.5', LOCAL), macs.macOf('192.0.2.5', LOCAL)];
  assert.deepEqual(await Promise.all(both), [ONE, ONE]);
  table.set('192.0.2.5', TWO);
  clock.now = 9_999;
  assert.equal(await macs.macOf('192.0.2.5', LOCAL), ONE);
  assert.equal(asked.length, 1);
  clock.now = 10_000;
  assert.equal(await macs.macOf('192.0.2.5', LOCAL), TWO);
  assert.equal(asked.length, 2);
});

test('an unknown address is null, and never an error', async () => {
  const { table, macs } = trial();
  assert.equal(await macs.macOf('192.0.2.6', LOCAL), null);
  table.set('192.0.2.7', 'broken');
  assert.equal(await macs.macOf('192.0.2.7', LOCAL), null);
});

test('the last known address stays for the log, even when it is unknown now', async () => {
  const { table, clock, macs } = trial();
  assert.equal(macs.lastKnown('192.0.2.5'), null);
  await macs.macOf('192.0.2.5', LOCAL);
  assert.equal(macs.lastKnown('192.0.2.5'), ONE);
  table.delete('192.0.2.5');
  clock.now = 20_000;
  assert.equal(await macs.macOf('192.0.2.5', LOCAL), null);
  assert.equal(macs.lastKnown('192.0.2.5'), ONE);
});

test('an address learned from the guard is trusted just as long', async () => {
  const { asked, clock, macs } = trial();
  macs.learn('192.0.2.5', TWO, false);
  assert.equal(await macs.macOf('192.0.2.5', LOCAL), TWO);
  assert.deepEqual([asked.length, macs.lastKnown('192.0.2.5')], [0, TWO]);
  clock.now = 10_000;
  assert.equal(await macs.macOf('192.0.2.5', LOCAL), ONE);
});

test('endless addresses do not fill the memory; the least recent is dropped', async () => {
  const { table, asked, macs } = trial();
  table.set('192.0.2.9', TWO);
  await macs.macOf('192.0.2.5', LOCAL);
  await macs.macOf('192.0.2.9', LOCAL);
  for (let n = 0; n < 1023; n++) await macs.macOf(`2001:db8::${n.toString(16)}`, LOCAL);
  assert.deepEqual([macs.lastKnown('192.0.2.5'), macs.lastKnown('192.0.2.9')], [null, TWO]);
  const before = asked.length;
  await macs.macOf('192.0.2.9', LOCAL);
  assert.equal(asked.length, before);
});
