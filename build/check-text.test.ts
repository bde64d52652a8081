import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textCheckFor } from './check-text.ts';

const check = (path: string, text: string) => textCheckFor(path)?.(text) ?? [];

describe('an iPXE script is refused when', () => {
  const cases: [string, string, RegExp][] = [
    ['its first line is not #!ipxe', 'echo hi\n', /does not start with '#!ipxe'/],
    ['it goes to no label', '#!ipxe\ngoto nowhere\n', /line 2 goes to no label 'nowhere'/],
    ['it goes to no label behind &&', '#!ipxe\niseq a b && goto gone ||\n', /no label 'gone'/],
    ['a command is unknown to old builds', '#!ipxe\npoweroff\n', /unknown command 'poweroff'/],
    ['a command may fail unhandled', '#!ipxe\nchain boot.ipxe\n', /may fail without saying/],
    ['it holds non-ASCII', '#!ipxe\necho caf\u00e9\n', /printable ASCII/],
    ['the kernel line is too long', `#!ipxe\nkernel k ${'x'.repeat(2048)} || exit 1\n`, /longer/],
    ['it is cut short', '#!ipxe\necho hi', /newline/],
  ];
  for (const [name, text, expected] of cases) {
    test(name, () => assert.match(check('a/boot.ipxe', text).join('\n'), expected));
  }

  test('and accepted otherwise', () => {
    const script = '#!ipxe\n# a comment\n:again\nchain x.ipxe || goto again\nexit 1\n';
    assert.deepEqual(check('boot.ipxe', script), []);
  });
});

describe('cloud-init files', () => {
  test('user-data needs its header and a mapping', () => {
    assert.match(check('nodes/x/user-data', 'a: 1\n').join(), /#cloud-config/);
    assert.match(check('nodes/x/user-data', '#cloud-config\n- 1\n').join(), /no YAML mapping/);
    assert.match(check('nodes/x/user-data', '#cloud-config\na: [\n').join(), /no YAML:/);
    assert.deepEqual(check('nodes/x/user-data', '#cloud-config\na: 1\n'), []);
  });

  test('meta-data and network-config are mappings', () => {
    assert.match(check('nodes/x/meta-data', 'text\n').join(), /no YAML mapping/);
    assert.deepEqual(check('nodes/x/network-config', 'version: 2\n'), []);
  });

  test('other files have no syntax of their own', () => {
    assert.equal(textCheckFor('dhcp/dnsmasq.conf'), null);
  });
});
