// One bound wherever an epoch is stored or sent.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkinSchema, foundingAnswerSchema } from './checkin.ts';
import { LARGEST_EPOCH } from './epoch.ts';
import { parseFounded } from './founded.ts';
import { parseJson } from './parse.ts';
import { parsePublished } from './published.ts';

const EPOCH = '"epoch":7';
const READERS: Readonly<Record<string, readonly [string, (text: string) => unknown]>> = {
  'a check-in': [
    `{"mac":"52-54-00-12-34-01","stage":"founded",${EPOCH}}`,
    (text) => parseJson(checkinSchema, text),
  ],
  'the answer': [
    `{"version":1,"founded":true,${EPOCH}}`,
    (text) => parseJson(foundingAnswerSchema, text),
  ],
  'founded.json': [
    `{"version":1,"node":"a","at":"",${EPOCH}}`,
    (text) => parseFounded(text, 'founded.json'),
  ],
  'published.json': [
    `{"version":1,"sets":[{"servers":["a"],${EPOCH}}]}`,
    (text) => parsePublished(text, 'published.json'),
  ],
};

for (const [name, [text, read]] of Object.entries(READERS)) {
  const withEpoch = (epoch: string) => text.replace(EPOCH, `"epoch":${epoch}`);

  test(`${name}: epochs from 1 to the largest`, () => {
    for (const epoch of [1, LARGEST_EPOCH]) read(withEpoch(String(epoch)));
    for (const epoch of [0, -1, 1.5, LARGEST_EPOCH + 1, 2 ** 53 - 1, '1e999', '"1"', 'null'])
      assert.throws(() => read(withEpoch(String(epoch))), /epoch is /, `${epoch}`);
  });
}
