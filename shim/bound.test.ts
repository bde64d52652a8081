import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bound } from './bound.ts';

/** What a test binds: addresses, as long as they are not taken. */
function system() {
  const open = new Set<string>();
  const taken = new Set<string>();
  const bound = new Bound<string>({
    bind: async (address) => {
      await Promise.resolve();
      if (taken.has(address)) throw Object.assign(new Error('taken'), { code: 'EADDRINUSE' });
      open.add(address);
      return address;
    },
    close: async (address) => {
      open.delete(address);
    },
  });
  const follow = async (...addresses: string[]) =>
    (await bound.follow(addresses)).map(({ address, error }) => `${address} ${error.code}`);
  return { open, taken, bound, follow };
}

test('what is missing is bound, what is not wanted is let go, the rest stays', async () => {
  const { open, bound, follow } = system();
  assert.deepEqual(await follow('a', 'b'), []);
  assert.deepEqual(await follow('b', 'c'), []);
  assert.deepEqual([...open], ['b', 'c']);
  assert.deepEqual([...bound.all.keys()], ['b', 'c']);
});

test('what cannot be bound is tried each time and said once, until it goes or can be', async () => {
  const { open, taken, follow } = system();
  taken.add('a');
  assert.deepEqual(await follow('a', 'b'), ['a EADDRINUSE']);
  assert.deepEqual(await follow('a', 'b'), []);
  taken.clear();
  assert.deepEqual(await follow('a', 'b'), []);
  assert.deepEqual([...open].sort(), ['a', 'b']);
  await follow('b');
  taken.add('a');
  assert.deepEqual(await follow('a', 'b'), ['a EADDRINUSE']);
  await follow('b');
  assert.deepEqual(await follow('a', 'b'), ['a EADDRINUSE']);
});

test('closing while it binds leaves nothing open', async () => {
  const { open, bound, follow } = system();
  const following = follow('a', 'b', 'c');
  await bound.close();
  await following;
  await follow('d');
  assert.deepEqual([...open], []);
});
