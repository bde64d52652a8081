import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { createLog, type LogEvent, type LogFormat, type LogOptions } from './log.ts';

const NOON = new Date(2026, 0, 2, 12, 0, 1);

function lineOf(format: LogFormat, event: LogEvent, options: LogOptions = {}): string {
  const lines: string[] = [];
  createLog(format, (line) => lines.push(line), { now: () => NOON, ...options })(event);
  assert.equal(lines.length, 1);
  return lines[0] ?? '';
}

const HOSTILE = 'a\u001b[2J\r\nb\u0085\u202egnp\u2028\u200d\u{e0041}\ud800"\\é猫🐈';

test('text: the time, the area, what happened, then its particulars in order', () => {
  const fields = { path: '/os/a+b', status: 200, reason: undefined, note: 'two words' };
  assert.equal(
    lineOf('text', { area: 'http', event: 'sent', fields }),
    '12:00:01 http sent path=/os/a+b status=200 note="two words"\n',
  );
});

test("the node's name comes first", () => {
  const event: LogEvent = { area: 'node', node: 'k8s-node01', event: 'root' };
  assert.equal(lineOf('text', event), '12:00:01 k8s-node01 node root\n');
  assert.equal(JSON.parse(lineOf('json', event)).node, 'k8s-node01');
  assert.match(lineOf('text', { ...event, node: 'a http' }), /^12:00:01 "a http" node/);
});

test('colours are only around what was escaped, and only when asked for', () => {
  const fields = { path: '/x', reason: HOSTILE };
  const event: LogEvent = { area: 'http', node: 'k8s-node01', event: 'refused', fields };
  const line = lineOf('text', event, { colour: true });
  assert.match(line, /\u001b\[36mk8s-node01\u001b\[39m http \u001b\[31mrefused/);
  assert.equal(stripVTControlCharacters(line), lineOf('text', event));
  assert.doesNotMatch(lineOf('json', event, { colour: true }), /\u001b/);
});

test('json: one object a line', () => {
  const line = lineOf('json', { area: 'tftp', event: 'complete', fields: { file: 'x', size: 1 } });
  assert.deepEqual(JSON.parse(line), {
    time: NOON.toISOString(),
    area: 'tftp',
    event: 'complete',
    file: 'x',
    size: 1,
  });
});

test('terminal control characters are escaped in both formats, and can be parsed back', () => {
  const event: LogEvent = { area: 'http', event: 'sent', fields: { path: HOSTILE } };
  for (const format of ['text', 'json'] as const) {
    const line = lineOf(format, event);
    assert.doesNotMatch(line.slice(0, -1), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    assert.ok(line.endsWith('\n') && line.includes('é猫🐈'), line);
  }
  assert.equal(JSON.parse(lineOf('json', event)).path, HOSTILE);
  assert.equal(JSON.parse(lineOf('text', event).split('path=')[1] ?? ''), HOSTILE);
});

test('a value that looks like several is quoted', () => {
  const line = lineOf('text', { area: 'http', event: 'sent', fields: { path: 'a status=200' } });
  assert.match(line, /path="a status=200"\n$/);
  assert.match(lineOf('text', { area: 'http', event: 'x', fields: { path: '' } }), /path=""\n$/);
});

test('long values are cut', () => {
  const line = lineOf('text', {
    area: 'http',
    event: 'sent',
    fields: { path: 'x'.repeat(100_000) },
  });
  assert.ok(line.length < 1000);
});
