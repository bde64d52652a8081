import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { bytesSent, countSent } from './sent.ts';

test('bytes written by Node.js and by sendfile are added up, per connection', () => {
  const [one, other] = [{ bytesWritten: 100 }, { bytesWritten: 7 }] as unknown as Socket[];
  assert.ok(one && other);
  countSent(one, 1000);
  countSent(one, 10_000);
  assert.equal(bytesSent(one), 11_100);
  assert.equal(bytesSent(other), 7);
});
