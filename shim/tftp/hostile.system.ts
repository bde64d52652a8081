// The random datagrams of hostile.test.ts, ten times as many.
import { test } from 'node:test';
import { sendRandom } from './hostile.trial.ts';

test('200,000 random datagrams', { timeout: 420_000 }, (t) => sendRandom(t, 200_000));
