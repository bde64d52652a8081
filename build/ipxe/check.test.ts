import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { checkIpxe } from './check.ts';

const check = (...lines: string[]) => checkIpxe(`#!ipxe\n${lines.join('\n')}\n`).join('\n');

describe('an iPXE script is refused when', () => {
  const cases: [string, string, RegExp][] = [
    ['it goes to a missing label', 'goto nowhere', /line 2 goes to the missing label 'nowhere'/],
    ['it goes to a missing label behind &&', 'iseq a b && goto gone ||', /missing label 'gone'/],
    ['no iPXE has the command', 'frobnicate', /unknown command 'frobnicate'/],
    ['it waits for a person', 'shell', /unknown command 'shell'/],
    ['it ends the machine', 'poweroff', /unknown command 'poweroff'/],
    ['a prototype has the name', 'constructor', /unknown command 'constructor'/],
    [
      'an option is unknown',
      'chain --tiemout 1 x || exit 1',
      /chain the unknown option '--tiemout'/,
    ],
    // As iPXE's echo does with a line that begins with a hyphen.
    ['text looks like an option', 'echo - { name: x }', /echo the unknown option '-'/],
    ['a command may fail unhandled', 'chain boot.ipxe', /line 2 can fail, but has no/],
    ['a later one may', 'set a b ; chain boot.ipxe', /can fail, but has no/],
    ['what is behind || may', 'chain a || chain b', /can fail, but has no/],
    [
      'an older iPXE lacks the command',
      'iflinkwait net0',
      /before 2021-01 does not have iflinkwait/,
    ],
    ['it holds non-ASCII', 'echo caf\u00e9', /printable ASCII/],
    ['the kernel line is too long', `kernel k ${'x'.repeat(2048)} || exit 1`, /longer/],
  ];
  for (const [name, line, expected] of cases) {
    test(name, () => assert.match(check(line), expected));
  }

  test('its first line is not #!ipxe, or it is truncated', () => {
    assert.match(checkIpxe('echo hi\n').join(), /does not start with '#!ipxe'/);
    assert.match(checkIpxe('#!ipxe\necho hi').join(), /newline/);
  });
});

test('an iPXE script is accepted otherwise', () => {
  const lines = [
    ...['# a comment', ':again', 'chain --timeout 10000 x.ipxe || goto again'],
    ...['isset ${net0/ip} && ifopen net0 && iflinkwait --timeout 15000 net0 && goto again ||'],
    ...['sanboot --no-describe --drive 0 --label X ||', 'shim s.efi ||', 'exit 1'],
  ];
  assert.equal(check(...lines), '');
});
