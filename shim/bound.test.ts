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

test('what cannot be bound at first is reported at once, and tried again in silence', async () => {
  const { open, taken, follow } = system();
  taken.add('a');
  assert.deepEqual(await follow('a', 'b'), ['a EADDRINUSE']);
  for (const _ of [2, 3]) assert.deepEqual(await follow('a', 'b'), []);
  taken.clear();
  await follow('a', 'b');
  assert.deepEqual([...open].sort(), ['a', 'b']);
});

test('later, only what fails twice in a row is reported, and that once until it goes', async () => {
  const { open, taken, follow } = system();
  await follow('a');
  taken.add('new').add('slow');
  assert.deepEqual(await follow('a', 'new', 'slow'), []);
  taken.delete('slow');
  assert.deepEqual(await follow('a', 'new', 'slow'), ['new EADDRINUSE']);
  assert.deepEqual(await follow('a', 'new', 'slow'), []);
  assert.deepEqual([...open], ['a', 'slow']);
  await follow('a');
  await follow('a', 'new');
  assert.deepEqual(await follow('a', 'new'), ['new EADDRINUSE']);
});

test('closing while it binds leaves nothing open', async () => {
  const { open, bound, follow } = system();
  const following = follow('a', 'b', 'c');
  await bound.close();
  await following;
  await follow('d');
  assert.deepEqual([...open], []);
});

test('what takes long to close keeps nothing from being bound, but closing waits for it', async () => {
  const { promise: finished, resolve: finish } = Promise.withResolvers<void>();
  const done: string[] = [];
  const bound = new Bound<string>({
    bind: async (address) => address,
    close: (address) => finished.then(() => void done.push(address)),
  });
  await bound.follow(['a']);
  await bound.follow(['b']);
  assert.deepEqual([...bound.all.keys()], ['b']);
  const closed = bound.close();
  assert.deepEqual(done, []);
  finish();
  await closed;
  assert.deepEqual(done, ['a', 'b']);
});
