import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deafAtBootServerPort, deafAtDhcpPort, noNetwork } from './bind-errors.ts';

const fault = (code: string) => Object.assign(new Error(`bind ${code}`), { code });

test('every error says what to do', () => {
  assert.match(
    deafAtDhcpPort(67, ['10.0.0.1'], fault('EACCES'), 'linux'),
    /setcap cap_net_bind_service/,
  );
  assert.match(deafAtDhcpPort(67, ['10.0.0.1'], fault('EACCES'), 'darwin'), /sudo/);
  assert.match(
    deafAtDhcpPort(67, ['10.0.0.1'], fault('EADDRINUSE')),
    /only port 4011 answers[\s\S]*bind-interfaces/,
  );
  assert.match(
    deafAtDhcpPort(67, ['10.0.0.1'], fault('EINVAL')),
    /port 67 of 10\.0\.0\.1: bind EINVAL/,
  );
  assert.match(
    deafAtBootServerPort('10.0.0.1', 4011, fault('EADDRINUSE')),
    /4011 of 10\.0\.0\.1 is in use/,
  );
  assert.match(deafAtBootServerPort('10.0.0.1', 4011, fault('EPERM')), /EPERM/);
  assert.match(noNetwork(), /--interface/);
});
