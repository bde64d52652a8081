import assert from 'node:assert/strict';
import { test } from 'node:test';
import { currentName, isTimeZone, nearestTimeZone } from './time-zones.ts';

test('names of today, old names and those without a place are time zones', () => {
  const today = ['Europe/Berlin', 'Asia/Kolkata', 'Europe/Kyiv', 'America/Argentina/Buenos_Aires'];
  const old = ['Asia/Calcutta', 'Europe/Kiev', 'US/Pacific', 'GB', 'America/Montreal'];
  const none = ['UTC', 'Etc/UTC', 'GMT', 'CET', 'EST5EDT', 'Etc/GMT+12', 'Etc/GMT-14'];
  for (const name of [...today, ...old, ...none]) assert.ok(isTimeZone(name), name);
});

test('what only a JavaScript engine takes is none', () => {
  const odd = ['europe/berlin', 'PST', 'IST', 'SystemV/PST8', '+01:00', '+0100', 'localtime', ''];
  for (const name of [...odd, 'Factory', 'Etc/GMT+13', 'constructor']) {
    assert.ok(!isTimeZone(name), name);
  }
});

test('the one that was meant is found by spelling, city or likeness', () => {
  assert.equal(nearestTimeZone('europe/BERLIN'), 'Europe/Berlin');
  assert.equal(nearestTimeZone('new york'), 'America/New_York');
  assert.equal(nearestTimeZone('Europe/Berln'), 'Europe/Berlin');
  assert.equal(nearestTimeZone('+01:00'), undefined);
});

test('old names have one of today', () => {
  assert.equal(currentName('Asia/Calcutta'), 'Asia/Kolkata');
  assert.equal(currentName('US/Eastern'), 'America/New_York');
  assert.equal(currentName('Asia/Kolkata'), undefined);
});
