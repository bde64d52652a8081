import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notBound } from './not-bound.ts';

test('the reason and the hints are on one line', () => {
  assert.deepEqual(notBound('dhcp', 'port 67 is taken\n  hint: this\n  or that', 'EADDRINUSE'), {
    area: 'dhcp',
    event: 'not bound',
    fields: { address: undefined, reason: 'port 67 is taken', hint: 'this; or that' },
  });
  assert.deepEqual(notBound('tftp', 'no', 'EIO', '192.0.2.1').fields, {
    ...{ address: '192.0.2.1', reason: 'no', hint: undefined },
  });
});

test('without the right to bind it any more, only a restart helps', () => {
  const { fields } = notBound('dhcp', 'no right\n  hint: run it with sudo', 'EACCES');
  assert.match(String(fields?.hint), /^restart it as root/);
});
