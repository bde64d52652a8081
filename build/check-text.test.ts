import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { textCheckFor } from './check-text.ts';

const check = (path: string, text: string) => textCheckFor(path)?.(text) ?? [];

test('an iPXE script is read as one', () => {
  assert.match(check('a/boot.ipxe', '#!ipxe\ngoto nowhere\n').join(), /missing label 'nowhere'/);
  assert.deepEqual(check('boot.ipxe', '#!ipxe\nexit 1\n'), []);
});

describe('cloud-init files', () => {
  test('user-data needs its header and a mapping', () => {
    assert.match(check('nodes/x/user-data', 'a: 1\n').join(), /#cloud-config/);
    assert.match(check('nodes/x/user-data', '#cloud-config\n- 1\n').join(), /not a YAML mapping/);
    assert.match(check('nodes/x/user-data', '#cloud-config\na: [\n').join(), /not valid YAML:/);
    assert.deepEqual(check('nodes/x/user-data', '#cloud-config\na: 1\n'), []);
  });

  test('meta-data and network-config are mappings', () => {
    assert.match(check('nodes/x/meta-data', 'text\n').join(), /not a YAML mapping/);
    assert.deepEqual(check('nodes/x/network-config', 'version: 2\n'), []);
  });

  test('other files have no syntax of their own', () => {
    assert.equal(textCheckFor('dhcp/dnsmasq.conf'), null);
  });
});
