import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keepingBindRight } from './bind-right.ts';

const BIND = 0x400;

/** A kernel with these permitted capabilities; what it is told, in order. */
function kernel(permitted: number, answers: { prctl?: number; capset?: number } = {}) {
  const told: string[] = [];
  const calls: Record<string, (...values: unknown[]) => number> = {
    prctl: (option, value) => {
      told.push(`prctl ${option} ${value}`);
      return answers.prctl ?? 0;
    },
    capget: (_, sets) => {
      assert.ok(sets instanceof Uint32Array);
      sets.set([0, permitted, permitted, 0, 0xff, 0]);
      return 0;
    },
    capset: (_, sets) => {
      assert.ok(sets instanceof Uint32Array);
      told.push(`capset ${sets.join(' ')}`);
      return answers.capset ?? 0;
    },
  };
  const func = (declaration: string) => {
    const call = calls[/(\w+)\(/.exec(declaration)?.[1] ?? ''];
    if (call === undefined) throw new Error(`no ${declaration}`);
    return call;
  };
  const become = () => told.push('become');
  return { told, calls, become, libc: { func, errno: () => 1 } };
}

test('of all rights of root only that to bind ports is left', () => {
  const { told, become, libc } = kernel(0xffff_ffff);
  keepingBindRight(become, libc);
  assert.deepEqual(told, ['prctl 8 1', 'become', `capset ${BIND} ${BIND} 0 0 0 0`]);
});

test('a root that may not bind ports, as in some containers, keeps nothing', () => {
  const { told, become, libc } = kernel(0xffff_ffff & ~BIND);
  keepingBindRight(become, libc);
  assert.equal(told.at(-1), 'capset 0 0 0 0 0 0');
});

test('if the other rights cannot be dropped, it is an error', () => {
  const { become, libc } = kernel(0xffff_ffff, { capset: -1 });
  assert.throws(() => keepingBindRight(become, libc), /could not be dropped/);
});

test('where nothing can be kept, root is given up whole', () => {
  const refused = kernel(0xffff_ffff, { prctl: -1 });
  keepingBindRight(refused.become, refused.libc);
  assert.deepEqual(refused.told, ['prctl 8 1', 'become']);
  const old = kernel(0xffff_ffff);
  delete old.calls.capset;
  keepingBindRight(old.become, old.libc);
  assert.deepEqual(old.told, ['become']);
  const { told, become } = kernel(0);
  keepingBindRight(become, null);
  assert.deepEqual(told, ['become']);
});
