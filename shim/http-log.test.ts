import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HttpLines } from './http-log.ts';
import type { LogEvent } from './log.ts';

function open() {
  const told: LogEvent[] = [];
  const clock = { now: 0 };
  const lines = new HttpLines(
    (event) => told.push(event),
    () => clock.now,
  );
  const admitted = (count: number, client: string, node?: string) =>
    Array.from({ length: count }, () =>
      lines.admits({
        area: 'http',
        event: 'sent',
        fields: { client },
        ...(node !== undefined && { node }),
      }),
    ).filter(Boolean).length;
  return { lines, told, clock, admitted };
}

test('a stranger who asks without end gets few lines, and the rest is counted', () => {
  const { lines, told, clock, admitted } = open();
  let written = 0;
  for (; clock.now < 60_000; clock.now += 100) written += admitted(100, '192.0.2.66');
  assert.ok(written >= 300 && written < 330, `${written} lines in a minute`);
  lines.close();
  const omitted = told.map(({ fields }) => Number(fields?.strangers));
  assert.equal(omitted.reduce((sum, one) => sum + one, 0) + written, 60_000);
});

test('many strangers together get not much more', () => {
  const { admitted } = open();
  const each = Array.from({ length: 1000 }, (_, n) => admitted(10, `10.0.${n >> 8}.${n & 255}`));
  assert.equal(
    each.reduce((sum, one) => sum + one, 0),
    40,
  );
});

test('strangers use up no line of a node, nor of this computer', () => {
  const { lines, admitted } = open();
  admitted(10_000, '192.0.2.66');
  for (const client of ['127.0.0.1', '::ffff:127.0.0.1', '::1']) {
    assert.equal(admitted(40, client), 40, client);
  }
  assert.equal(admitted(40, '192.0.2.5', 'n1'), 40);
  assert.equal(admitted(10_000, '192.0.2.5', 'n1'), 40);
  assert.equal(admitted(40, '192.0.2.6', 'n2'), 40);
  lines.close();
});

test('what is not about a client, or not from HTTP, is not limited', () => {
  const { lines } = open();
  for (let n = 0; n < 1000; n += 1) {
    assert.ok(lines.admits({ area: 'http', event: 'socket error' }));
    assert.ok(lines.admits({ area: 'tftp', event: 'complete', fields: { client: '192.0.2.66' } }));
  }
});
