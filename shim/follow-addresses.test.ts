import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { InventoryFile } from '../contract/inventory.ts';
import type { Addresses } from './addresses.ts';
import { followAddresses, warnOfLoopback } from './follow-addresses.ts';
import type { LogEvent } from './log.ts';

const addressesOf = (...tftp: string[]): Addresses => ({ http: [], tftp });

/** A service that follows what the test sets; `turn` lets one look happen. */
function follow(t: TestContext, inventory: () => InventoryFile | null = () => null) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const now = { addresses: addressesOf('127.0.0.1', '192.0.2.1') };
  const events: LogEvent[] = [];
  const followed: Addresses[] = [];
  const told: (readonly string[])[] = [];
  const service = {
    ...{ endpoint: null, faults: [] },
    follow: async (addresses: Addresses) => void followed.push(addresses),
    close: async () => {},
  };
  const stop = followAddresses({
    addresses: { first: now.addresses, resolved: null, look: async () => now.addresses },
    services: [service],
    http: { host: '0.0.0.0', port: 8080 },
    inventory,
    log: (event) => events.push(event),
    onAddresses: (addresses) => told.push(addresses),
  });
  t.after(stop);
  const turn = async () => {
    t.mock.timers.tick(2000);
    await new Promise(setImmediate);
  };
  return { now, events, followed, told, turn };
}

test('services follow; a change is said with where the page is now', async (t) => {
  const { now, events, followed, told, turn } = follow(t);
  now.addresses = addressesOf('127.0.0.1', '192.0.2.7', '2001:db8::7');
  await turn();
  assert.deepEqual(followed, [now.addresses]);
  assert.deepEqual(told, [now.addresses.tftp]);
  const fields = {
    gone: '192.0.2.1',
    new: '192.0.2.7,2001:db8::7',
    page: 'http://192.0.2.7:8080/,http://[2001:db8::7]:8080/',
  };
  assert.deepEqual(events, [{ area: 'shim', event: 'addresses changed', fields }]);
});

test('without an address for others, that is said', async (t) => {
  const { now, events, turn } = follow(t);
  now.addresses = addressesOf('127.0.0.1');
  await turn();
  assert.equal(events[0]?.fields?.reason, 'machines cannot reach this computer now');
});

test('an address of dist/ that is not ours is said once, and again when it was ours between', async (t) => {
  const founding = { epoch: 1, servers: [], founded: false };
  const built = { version: 1, httpPort: 8080, cluster: 'home', founding, nodes: [] } as const;
  let genesisIp = '203.0.113.9';
  const { events, turn } = follow(t, () => ({ ...built, nodes: [], genesisIp }));
  await turn();
  assert.match(String(events[0]?.fields?.reason), /203\.0\.113\.9 \(genesis\.ip\)/);
  assert.equal(events.length, 1);
  genesisIp = '127.0.0.1';
  await turn();
  genesisIp = '203.0.113.9';
  await turn();
  assert.equal(events.length, 2);
});

test('a name for the loopback address, which machines cannot reach', () => {
  const events: LogEvent[] = [];
  const log = (event: LogEvent) => events.push(event);
  warnOfLoopback('192.0.2.1', null, log);
  warnOfLoopback('laptop.example', '192.0.2.1', log);
  assert.equal(events.length, 0);
  warnOfLoopback('laptop', '127.0.1.1', log);
  assert.match(String(events[0]?.fields?.reason), /--host laptop is 127\.0\.1\.1 here/);
});
