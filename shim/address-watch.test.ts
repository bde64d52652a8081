import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type AddressChange, watchAddresses } from './address-watch.ts';

/** A watch over addresses that the test sets; `turn` lets one look happen. */
function watch(t: TestContext, first: readonly string[]) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const now = { addresses: first };
  const followed: (readonly string[])[] = [];
  const changes: AddressChange[] = [];
  const stop = watchAddresses({
    look: async () => {
      if (now.addresses.includes('fault')) throw new Error('the system does not say');
      return now.addresses;
    },
    follow: async (addresses) => void followed.push(addresses),
    addressesOf: (addresses) => addresses,
    first,
    onChange: (change) => changes.push(change),
    everyMs: 1000,
  });
  t.after(stop);
  const turn = async () => {
    t.mock.timers.tick(1000);
    await new Promise(setImmediate);
  };
  return { now, followed, changes, stop, turn };
}

test('each look is followed, so that what failed is tried again; only changes are told', async (t) => {
  const { now, followed, changes, turn } = watch(t, ['a', 'b']);
  await turn();
  assert.deepEqual([followed.length, changes], [1, []]);
  now.addresses = ['b', 'c'];
  await turn();
  await turn();
  assert.equal(followed.length, 3);
  assert.deepEqual(changes, [{ now: ['b', 'c'], came: ['c'], gone: ['a'] }]);
});

test('a look that fails is repeated', async (t) => {
  const { now, changes, turn } = watch(t, ['a']);
  now.addresses = ['fault'];
  await turn();
  now.addresses = [];
  await turn();
  assert.deepEqual(changes, [{ now: [], came: [], gone: ['a'] }]);
});

test('once it is stopped it looks no more', async (t) => {
  const { now, followed, stop, turn } = watch(t, ['a']);
  await stop();
  now.addresses = ['b'];
  await turn();
  assert.deepEqual(followed, []);
});

test('it stops at once while a look takes long, and what that finds is not followed', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { promise: found, resolve: find } = Promise.withResolvers<readonly string[]>();
  const followed: unknown[] = [];
  const stop = watchAddresses<readonly string[]>({
    ...{ look: () => found, first: [], everyMs: 1000, addressesOf: (addresses) => addresses },
    follow: async (addresses) => void followed.push(addresses),
    onChange: (change) => followed.push(change),
  });
  t.mock.timers.tick(1000);
  await stop();
  find(['a']);
  await new Promise(setImmediate);
  assert.deepEqual(followed, []);
});
