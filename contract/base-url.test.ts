import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BAD, GOOD } from './base-url.trial.ts';
import { baseUrlFault } from './base-url.ts';

test('what machines can use is accepted, and means to a URL parser what it means to them', () => {
  for (const [url, host, port] of GOOD) {
    assert.equal(baseUrlFault(url), null, url);
    const parsed = new URL(url);
    assert.deepEqual([parsed.hostname, Number(parsed.port || 80)], [host, port]);
    assert.equal(
      parsed.pathname.replace(/\/$/, ''),
      url.replace(/^http:\/\/[^/]*/, '').replace(/\/$/, ''),
    );
  }
});

test('everything else is refused with a reason and a next step', () => {
  for (const url of BAD) {
    const fault = baseUrlFault(url);
    assert.ok(fault !== null, url);
    assert.match(fault.message, /^(is|has|contains|does|uses) /);
    assert.notEqual(fault.hint, '');
  }
});

test('what is odd in a folder can be written as the hint says', () => {
  for (const odd of [' ', ',', '$', "'", 'ü', '😀']) {
    const [, form = ''] = /^write (\S+) for it$/.exec(hintOn(`http://nas.lan/a${odd}b`)) ?? [];
    assert.equal(baseUrlFault(`http://nas.lan/a${form}b`), null, odd);
  }
  for (const url of ['http://nas lan', 'http://nas.lan/a\\b', 'http://nas.lan/a\tb'])
    assert.doesNotMatch(hintOn(url), /^write/);
});

function hintOn(url: string): string {
  return baseUrlFault(url)?.hint ?? '';
}
