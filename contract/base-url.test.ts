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
