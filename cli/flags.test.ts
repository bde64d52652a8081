import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { parseCount, parseFlags, parsePort, parseWords } from './flags.ts';

const FLAGS = {
  out: { type: 'string', value: 'FOLDER', default: 'dist', about: 'the tree' },
  'http-port': { type: 'string', value: 'PORT', about: 'the port' },
} as const;

test('flags have their values or their defaults', () => {
  assert.equal(parseFlags('build', [], FLAGS, {}).out, 'dist');
  assert.equal(parseFlags('build', ['--out', 'x'], FLAGS, {}).out, 'x');
});

test('unknown flags, unexpected arguments and missing values are refused', () => {
  for (const args of [['--oot', 'x'], ['x'], ['--out']]) {
    assert.throws(() => parseFlags('build', args, FLAGS, {}), UserError, args.join(' '));
  }
});

test('every wrong argument is named, with what was probably meant', () => {
  const table = {
    ...FLAGS,
    role: { type: 'string', value: 'ROLE', values: ['server', 'agent'], about: 'what it runs' },
    yes: { type: 'boolean', default: false, about: 'no questions' },
  } as const;
  const faults = (...args: string[]) => {
    try {
      return parseFlags('x', args, table, {});
    } catch (error) {
      return (error as Error).message.split('\n').slice(0, -1);
    }
  };
  assert.deepEqual(faults('--oot', '--role', 'worker', '-abc'), [
    "x: unknown flag '--oot'; did you mean '--out'?",
    "x: --role takes server or agent, not 'worker'; did you mean 'agent'?",
    "x: unknown flag '-abc'",
  ]);
  assert.deepEqual(faults('--port=80'), ["x: unknown flag '--port'; did you mean '--http-port'?"]);
  assert.deepEqual(faults('--out', '--yes=1', 'yes'), [
    'x: --out needs a value: --out FOLDER',
    "x: unexpected argument 'yes'; did you mean '--yes'?",
  ]);
  assert.deepEqual(faults('--yes=1', 'now'), [
    'x: --yes takes no value',
    "x: unexpected argument 'now'",
  ]);
  // What follows an unknown flag may be its value.
  assert.deepEqual(faults('--unheard-of', 'value'), ["x: unknown flag '--unheard-of'"]);
  assert.equal((faults('--out', '-') as { out: string }).out, '-');
});

test('--help asks for the syntax, whatever else is given', () => {
  const parse = (...args: string[]) => parseWords('add', args, FLAGS, ['NAME'], {});
  for (const args of [['--help'], ['-h'], ['a', 'b', '--oot', '--help']]) {
    assert.throws(() => parse(...args), {
      name: 'HelpAsked',
      syntax: { command: 'add', words: ['NAME'], flags: FLAGS },
    });
  }
});

test('a flag that npm swallowed is an error that says how to pass it', () => {
  const environment = { npm_config_http_port: '80' };
  assert.throws(() => parseFlags('serve', [], FLAGS, environment), /npm run serve -- --http-port/);
});

test("npx's own -y is not a swallowed flag", () => {
  const environment = { npm_config_yes: 'true', npm_command: 'exec' };
  const table = { yes: { type: 'boolean', default: false, about: 'no questions' } } as const;
  assert.equal(parseFlags('init', [], table, environment).yes, false);
  const run = { ...environment, npm_command: 'run' };
  assert.throws(() => parseFlags('init', [], table, run), /npm run init -- --yes/);
});

test('arguments may come before, between and after flags', () => {
  for (const args of [
    ['a', '--out', 'x'],
    ['--out', 'x', 'a'],
    ['--out=x', '--', 'a'],
  ]) {
    const { flags, words } = parseWords('add', args, FLAGS, ['NAME'], {});
    assert.deepEqual([flags.out, words], ['x', ['a']], args.join(' '));
  }
});

test('too few and too many arguments are reported', () => {
  const parse = (...args: string[]) => parseWords('add', args, FLAGS, ['NAME'], {});
  assert.throws(() => parse('--out', 'x'), /^UserError: add: NAME is missing\n {2}usage: .* NAME/);
  assert.throws(() => parse('a', 'b'), /add: unexpected argument 'b'/);
});

test('a name that ends with an ellipsis takes any number of arguments', () => {
  const parse = (...args: string[]) => parseWords('enroll', args, FLAGS, ['NAME…'], {});
  for (const words of [[], ['a'], ['a', 'b', 'c']]) assert.deepEqual(parse(...words).words, words);
  assert.throws(() => parse('--help'), /usage: \.\/homepbp enroll \[NAME…\] \[flags\]/);
  const after = (...args: string[]) => parseWords('x', args, FLAGS, ['DIR', 'NAME…'], {});
  assert.deepEqual(after('a', 'b', 'c').words, ['a', 'b', 'c']);
  assert.throws(() => after(), /x: DIR is missing/);
});

test('a port is a whole number from 0 to 65535', () => {
  assert.equal(parsePort('serve', 'http-port', '65535'), 65535);
  for (const wrong of ['65536', '-1', '', '80a', '1e3', '8.0']) {
    assert.throws(() => parsePort('serve', 'http-port', wrong), UserError, wrong);
  }
});

test('a count is a whole number from 1 to its most', () => {
  assert.equal(parseCount('demo', 'machines', '9', 9), 9);
  for (const wrong of ['0', '10', '', 'two', '1.5']) {
    assert.throws(
      () => parseCount('demo', 'machines', wrong, 9),
      { message: `demo: --machines takes a number from 1 to 9, not '${wrong}'` },
      wrong,
    );
  }
});
