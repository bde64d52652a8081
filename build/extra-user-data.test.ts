import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resolveExtras } from './extra-user-data.ts';
import { formatFaults } from './faults.ts';
import { parseInventory } from './inventory.ts';

/** Resolves `extra_user_data: extra` of one node over a made-up file. */
function resolve(extra: string | null) {
  const text = 'nodes: [{ name: a, mac: 52-54-00-00-00-01, extra_user_data: extra }]\n';
  const inventory = parseInventory({ name: 'nodes.yaml', text });
  const { byNode, faults, warnings } = resolveExtras(
    inventory,
    '/project',
    '/home/anna',
    () => extra,
  );
  return {
    part: byNode[0],
    message: formatFaults(inventory.source, faults),
    warned: formatFaults(inventory.source, warnings, 'warning: '),
  };
}

describe('extra_user_data', () => {
  test('cloud-config without merge rules gets ours, with its own keeps them', () => {
    assert.equal(resolve('#cloud-config\npackages: [jq]\n').part?.needsMergeRules, true);
    for (const key of ['merge_how', 'merge_type']) {
      const own = resolve(`#cloud-config\n${key}: "list(append)"\npackages: [jq]\n`);
      assert.deepEqual([own.message, own.part?.needsMergeRules], ['', false], key);
    }
  });

  test('a script and CRLF line ends are fine', () => {
    assert.equal(resolve('#!/bin/sh\r\necho hi\r\n').part?.type, 'text/x-shellscript');
    assert.equal(resolve('#!/bin/sh\r\necho hi\r\n').part?.text, '#!/bin/sh\necho hi\n');
  });

  test('a byte order mark is dropped, and white space above the first line is not sent', () => {
    assert.equal(
      resolve('\ufeff#cloud-config\nruncmd: [ls]\n').part?.text,
      '#cloud-config\nruncmd: [ls]\n',
    );
    const { part, message } = resolve('\n  #cloud-config # mine\nruncmd: [ls]\n');
    assert.deepEqual([message, part?.type], ['', 'text/cloud-config']);
  });

  test("cloud-init's own tags are fine", () => {
    const { message, part } = resolve(
      '#cloud-config\nwrite_files: [{ path: /etc/bin, content: !!binary aGVsbG8K }]\n',
    );
    assert.deepEqual([message, part?.needsMergeRules], ['', true]);
  });

  test('a template gets merge rules, and is checked as far as it parses unrendered', () => {
    const template = (text: string) => resolve(`## template: jinja\n${text}`);
    const { message, part } = template('#cloud-config\nwrite_files: [{ path: "{{ v1.x }}" }]\n');
    assert.deepEqual([message, part?.type, part?.needsMergeRules], ['', 'text/jinja2', true]);
    assert.equal(template('#cloud-config\n{% for a in b %}\n- }{ {{ a }}\n').message, '');
    const script = template('#!/bin/sh\necho {{ v1.local_hostname }}\n').part;
    assert.deepEqual([script?.type, script?.needsMergeRules], ['text/jinja2', false]);
    assert.match(
      template('#cloud-config\n{% if x %}\nhostname: b\n{% endif %}').message,
      /sets 'hostname'/,
    );
    assert.match(template('#cloud-config\nmerge_how: "x"\n').message, /own merge rules/);
    assert.match(template('#cloud-boothook\n').message, /cloud-init does not render/);
    assert.match(template('#include\nhttp://a/\n').message, /never fetches/);
  });

  test('scripts in any writing system are fine', () => {
    assert.equal(resolve('#!/bin/sh\necho \u{1f600} gr\u00fc\u00dfe\n').message, '');
  });

  test('what looks like a secret warns with its line, and says what to do instead', () => {
    const { message, warned, part } = resolve('#cloud-config\npassword: correct-horse\n');
    assert.deepEqual([message, part?.type], ['', 'text/cloud-config']);
    assert.match(
      warned,
      /^nodes\.yaml:1:61: warning: \/project\/extra:2 looks like a password in the clear\n[\s\S]* {2}hint: .*over ssh/,
    );
    assert.doesNotMatch(warned, /horse/);
    const many = resolve(`#!/bin/sh\n${'PASSWORD=correct-horse\n'.repeat(20)}`).warned;
    assert.match(many, /extra:9 looks like[\s\S]*\/project\/extra: 12 more such lines/);
    assert.doesNotMatch(many, /extra:10 /);
  });

  const refused: [string, string | null, RegExp][] = [
    ['a file that cannot be read', null, /1:61: \/project\/extra cannot be read/],
    [
      'a file of no known kind',
      'packages: [jq]\n',
      /does not start with a line that cloud-init recognizes/,
    ],
    ['broken YAML', '#cloud-config\na: [\n', /is not valid YAML:/],
    ['a list', '#cloud-config\n- a\n', /is not a YAML mapping/],
    ['a value that HomePBP sets', '#cloud-config\nhostname: b\n', /sets 'hostname'/],
    [
      'lists with merge rules of its own',
      '#cloud-config\nmerge_how: "x"\nusers: []\n',
      /its own merge rules/,
    ],
    [
      'our own files',
      '#cloud-config\nwrite_files: [{path: /etc/homepbp/node.json}]\n',
      /belongs to HomePBP/,
    ],
    [
      'our own files by another spelling',
      '#cloud-config\nwrite_files: [{path: /etc//homepbp/../homepbp/node.json}]\n',
      /belongs to HomePBP/,
    ],
    ['URLs to include', '#include\nhttp://10.0.0.1/x\n', /never fetches/],
    ['an archive', '#cloud-config-archive\n- content: x\n', /extra is an archive/],
    ['a MIME archive', 'Content-Type: multipart/mixed; boundary="B"\n', /extra is a MIME archive/],
    ['a JSON patch', '#cloud-config-jsonp\n[]\n', /JSON patch/],
    ['a line end of YAML 1.1', '#!/bin/sh\n# a\u2028b\n', /control characters/],
    ['control characters', '#!/bin/sh\n\u0007\n', /control characters/],
  ];
  for (const [name, text, expected] of refused) {
    test(`refuses ${name}`, () => assert.match(resolve(text).message, expected));
  }
});
