import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HelpAsked, type Syntax } from './flags.ts';
import { helpText } from './help-text.ts';
import { run as start } from './start.ts';

const SYNTAX: Syntax = {
  command: 'paint',
  words: ['WALL', 'NAME…'],
  flags: {
    colour: {
      type: 'string',
      value: 'COLOUR',
      values: ['red', 'blue'],
      default: 'red',
      about: 'what it will look like for years to come',
    },
    'a-flag-with-a-long-name': {
      type: 'string',
      value: 'FILE',
      multiple: true,
      otherwise: 'none',
      about: 'a file',
    },
    dry: { type: 'boolean', default: false, about: 'does nothing' },
  },
};

test('help has the usage, then each flag with its value, description and default', () => {
  assert.equal(
    helpText('paints a wall', SYNTAX, 60),
    `paints a wall

usage: ./homepbp paint WALL [NAME…] [flags]

flags:
  --colour COLOUR         what it will look like for years
                          to come (red, blue; default: red)
  --a-flag-with-a-long-name FILE
                          a file (may be repeated; default:
                          none)
  --dry                   does nothing
  --help                  shows this text
`,
  );
});

test('help is as wide as the terminal, but never breaks a word', () => {
  const longest = (width: number) =>
    Math.max(
      ...helpText('paints', SYNTAX, width)
        .split('\n')
        .map((line) => line.length),
    );
  assert.ok(longest(60) <= 60);
  assert.equal(longest(10), 43);
  assert.match(helpText('paints', SYNTAX, 200), /for years to come \(red, blue; default: red\)\n/);
});

test('start says where it looks for secrets: beside the inventory, unlike serve, which has none', async () => {
  await assert.rejects(start(['--help']), (error) => {
    assert.ok(error instanceof HelpAsked);
    assert.match(helpText('', error.syntax, 200), /--secrets FOLDER .*beside the inventory/);
    return true;
  });
});
