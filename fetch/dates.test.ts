import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Dates, parseIndexDate } from './dates.ts';

const NAME = 'archive dists/noble-updates/InRelease';
const URL = 'http://archive.example/dists/noble-updates/InRelease';
const LOCKED = { [NAME]: '2025-07-17T10:11:12.000Z' };
const NOW = new Date('2025-07-20T00:00:00Z');

function on(day: string | null, validUntil: string | null = null) {
  const date = (text: string | null) => (text === null ? null : new Date(`${text}T10:11:12Z`));
  return { date: date(day), validUntil: date(validUntil) };
}

function open(locked: Readonly<Record<string, string>> = LOCKED, allowOlder = false) {
  return new Dates(locked, { allowOlder, now: NOW });
}

test('the first date of an index is recorded, and each later one', () => {
  const dates = open({ other: '2020-01-01T00:00:00.000Z' });
  dates.check(NAME, URL, on('2025-07-01'));
  const first = dates.recorded();
  assert.deepEqual(first, {
    other: '2020-01-01T00:00:00.000Z',
    [NAME]: '2025-07-01T10:11:12.000Z',
  });
  const later = open(first);
  later.check(NAME, URL, on('2025-07-02'));
  assert.equal(later.recorded()[NAME], '2025-07-02T10:11:12.000Z');
});

test('the same date again is taken; an older one and none at all are not', () => {
  open().check(NAME, URL, on('2025-07-17'));
  assert.throws(() => open().check(NAME, URL, on('2025-07-16')), {
    name: 'Refusal',
    message:
      /^http:.*InRelease: it is of 2025-07-16T10:11:12Z, but media\.lock\.json has seen one of 2025-07-17T10:11:12Z\n {2}hint: .*--allow-downgrade$/,
  });
  assert.throws(
    () => open().check(NAME, URL, on(null)),
    /it has no date, but .* 2025-07-17T10:11:12Z/,
  );
  open({}).check(NAME, URL, on(null));
});

test('an index whose time is over is refused, also the first time', () => {
  const dates = open({});
  dates.check(NAME, URL, on('2025-07-17', '2025-07-24'));
  assert.throws(
    () => dates.check(NAME, URL, on('2025-07-01', '2025-07-08')),
    /it was valid until 2025-07-08T10:11:12Z, and now it is 2025-07-20T00:00:00Z\n {2}hint: .*clock.*--allow-downgrade/,
  );
});

test('on request an older one is taken, and is what later ones are compared with', () => {
  const dates = open(LOCKED, true);
  dates.check(NAME, URL, on('2025-07-01', '2025-07-08'));
  const recorded = dates.recorded();
  assert.deepEqual(recorded, { [NAME]: '2025-07-01T10:11:12.000Z' });
  open(recorded).check(NAME, URL, on('2025-07-02'));
  const undated = open(LOCKED, true);
  undated.check(NAME, URL, on(null));
  assert.deepEqual(undated.recorded(), {});
});

test('of two servers behind one name, the newer date counts', () => {
  const dates = open({});
  for (const day of ['2025-07-17', '2025-07-18', '2025-07-17']) dates.check(NAME, URL, on(day));
  assert.equal(dates.recorded()[NAME], '2025-07-18T10:11:12.000Z');
});

test('dates of Release files and simplestreams, and what is none', () => {
  const at = (text: string) => parseIndexDate(text)?.toISOString();
  assert.equal(at('Thu, 17 Jul 2025 10:11:12 UTC'), '2025-07-17T10:11:12.000Z');
  assert.equal(at('Sat, 5 Apr 2025 9:00:00 GMT'), '2025-04-05T09:00:00.000Z');
  assert.equal(at('Fri, 12 Apr 2013 19:44:12 +0200'), '2013-04-12T17:44:12.000Z');
  for (const text of ['', '2025', 'Thu, 17 Jul 2025', 'Thu, 17 Jul 2025 99:11:12 UTC'])
    assert.equal(at(text), undefined, text);
});
