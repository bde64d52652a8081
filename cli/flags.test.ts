import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../contract/user-error.ts';
import { parseFlags, parsePort } from './flags.ts';

const FLAGS = {
  out: { type: 'string', default: 'dist' },
  'http-port': { type: 'string' },
} as const;

test('flags have their values or their defaults', () => {
  assert.equal(parseFlags('build', [], FLAGS, {}).out, 'dist');
  assert.equal(parseFlags('build', ['--out', 'x'], FLAGS, {}).out, 'x');
});

test('unknown flags, stray words and missing values are refused', () => {
  for (const args of [['--oot', 'x'], ['x'], ['--out']]) {
    assert.throws(() => parseFlags('build', args, FLAGS, {}), UserError, args.join(' '));
  }
});

test('a flag that npm swallowed is an error that says how to pass it', () => {
  const environment = { npm_config_http_port: '80' };
  assert.throws(() => parseFlags('serve', [], FLAGS, environment), /npm run serve -- --http-port/);
});

test('a port is a whole number from 0 to 65535', () => {
  assert.equal(parsePort('serve', 'http-port', '65535'), 65535);
  for (const wrong of ['65536', '-1', '', '80a', '1e3', '8.0']) {
    assert.throws(() => parsePort('serve', 'http-port', wrong), UserError, wrong);
  }
});
