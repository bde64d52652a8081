import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as z from 'zod/mini';
import { Mismatch, parseJson } from './parse.ts';

const schema = z.object({
  version: z.literal(1),
  nodes: z.array(
    z.strictObject({
      role: z.enum(['server', 'agent']),
      size: z.optional(z.int().check(z.positive())),
      odd: z.optional(z.string().check(z.regex(/^a/), z.maxLength(3))),
    }),
  ),
  'by name': z.optional(z.record(z.string(), z.number())),
});

const node = (text: string) => `{"version": 1, "nodes": [{"role": "agent"}, ${text}]}`;

const mismatches: [text: string, message: string][] = [
  ['{"token": "hunter2"', 'not valid JSON'],
  ['[]', 'the value is not an object'],
  ['{"version": 2, "nodes": []}', 'version is not 1'],
  ['{"version": 1}', 'nodes is missing'],
  ['{"version": 1, "nodes": {}}', 'nodes is not a list'],
  [node('{}'), 'nodes[1].role is missing'],
  [node('{"role": "hunter2"}'), 'nodes[1].role is not "server" or "agent"'],
  [node('{"role": "agent", "hunter": 2}'), 'nodes[1] has the unknown key "hunter"'],
  [node('{"role": "agent", "size": "hunter2"}'), 'nodes[1].size is not a number'],
  [node('{"role": "agent", "size": 1.5}'), 'nodes[1].size is not a whole number'],
  [node('{"role": "agent", "size": 0}'), 'nodes[1].size is 0 or less'],
  [node('{"role": "agent", "odd": "hunter2"}'), 'nodes[1].odd is not valid'],
  [node('{"role": "agent", "odd": "abcd"}'), 'nodes[1].odd is too large'],
  [
    '{"version": 1, "nodes": [], "by name": {"a b": "hunter2"}}',
    '["by name"]["a b"] is not a number',
  ],
];

for (const [text, message] of mismatches) {
  test(`${text}: ${message}, and nothing of the text`, () => {
    assert.throws(
      () => parseJson(schema, text),
      (error) => error instanceof Mismatch && error.message === message,
    );
  });
}

test('keys that a newer writer added are ignored', () => {
  const text = '{"version": 1, "nodes": [], "newer": true}';
  assert.deepEqual(parseJson(schema, text), { version: 1, nodes: [] });
});
