import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { formatFaults } from './faults.ts';
import { parseInventory } from './inventory.ts';
import { resolveKeys } from './ssh-keys.ts';

const ANNA =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk anna@laptop';
const BEN = ANNA.replace('anna@laptop', 'ben');

/** Resolves the keys of an inventory over a made-up file system. */
function resolve(text: string, files: Record<string, string> = {}) {
  const inventory = parseInventory({ name: 'nodes.yaml', text });
  const keys = resolveKeys(inventory, {
    folder: '/project',
    home: '/home/anna',
    readText: (path) => files[path] ?? null,
    fetched: { 'gh:ben': [BEN] },
  });
  const show = (faults: typeof keys.faults) => formatFaults(inventory.source, faults);
  return { byNode: keys.byNode, faults: show(keys.faults), warnings: show(keys.warnings) };
}

const NODES = 'nodes: [{ name: a, mac: 52-54-00-00-00-01 }, { name: b, mac: 52-54-00-00-00-02 }]\n';

describe('resolveKeys', () => {
  test('auto takes the usual public keys of ~/.ssh', () => {
    const files = {
      '/home/anna/.ssh/id_ed25519.pub': `${ANNA}\n`,
      '/home/anna/.ssh/id_rsa.pub': `${BEN}\n`,
    };
    assert.deepEqual(resolve(NODES, files).byNode, [
      [ANNA, BEN],
      [ANNA, BEN],
    ]);
  });

  test('auto without any key is one fault, not one per node', () => {
    const { faults } = resolve(NODES);
    assert.match(faults, /^nodes\.yaml:1:1: no ssh key found in \/home\/anna\/\.ssh/);
    assert.equal(faults.match(/no ssh key/g)?.length, 1);
  });

  test("a node's own keys win over those of defaults, and those over ssh.keys", () => {
    const text = `
ssh: { keys: [ssh.pub] }
defaults: { ssh_keys: [~/defaults.pub] }
nodes:
  - { name: a, mac: 52-54-00-00-00-01, ssh_keys: [/own.pub, "${ANNA}"] }
  - { name: b, mac: 52-54-00-00-00-02 }
`;
    const key = (comment: string) => ANNA.replace('anna@laptop', comment);
    const { byNode } = resolve(text, {
      '/project/ssh.pub': key('ssh'),
      '/home/anna/defaults.pub': `# mine\n${key('defaults')}\r\n`,
      '/own.pub': key('own'),
    });
    assert.deepEqual(byNode, [[key('own'), ANNA], [key('defaults')]]);
  });

  test('gh:<user> gives what fetch has locked, and says when it has not', () => {
    const { byNode } = resolve(`${NODES}ssh: { keys: ["gh:ben"] }`);
    assert.deepEqual(byNode[0], [BEN]);
    const { faults } = resolve(`${NODES}ssh: { keys: ["gh:constructor"] }`);
    assert.match(faults, /the keys of 'gh:constructor' have not been fetched[\s\S]*homepbp fetch/);
  });

  const refused: [string, string, Record<string, string>, RegExp][] = [
    [
      'a file that is not there',
      'gone.pub',
      {},
      /2:15: the ssh key file \/project\/gone\.pub cannot be read/,
    ],
    [
      'a private key file',
      'id',
      { '/project/id': '-----BEGIN OPENSSH PRIVATE KEY-----\nx' },
      /\/project\/id is a private key/,
    ],
    ['a file without a key', 'notes', { '/project/notes': 'hello' }, /contains no public key/],
    ['a literal private key', '-----BEGIN RSA PRIVATE KEY-----', {}, /this is a private key/],
    ['a damaged literal key', 'ssh-ed25519 AAAA', {}, /this public key is damaged/],
  ];
  for (const [name, reference, files, expected] of refused) {
    test(`refuses ${name}, and never repeats a secret`, () => {
      const { faults } = resolve(`${NODES}ssh: { keys: ["${reference}"] }\n`, files);
      assert.match(faults, expected);
    });
  }

  const OPTIONS = [
    'from="10.0.0.0/8,!10.0.0.9" ',
    'restrict,pty,command="echo \\"a b\\"" ',
    'no-touch-required\t',
    'cert-authority,environment="A=b" ',
  ];

  test('options before a key are kept, in files and in nodes.yaml', () => {
    const lines = OPTIONS.map((options) => options + ANNA);
    const file = resolve(`${NODES}ssh: { keys: [keys] }`, { '/project/keys': lines.join('\r\n') });
    assert.deepEqual([file.byNode[0], file.warnings], [lines, '']);
    const literal = resolve(`${NODES}ssh:\n  keys:\n    - ${OPTIONS[0]}${ANNA}\n`);
    assert.deepEqual([literal.byNode[0], literal.faults], [[OPTIONS[0] + ANNA], '']);
    const damaged = resolve(`${NODES}ssh:\n  keys:\n    - from="10.0.0.0/8 ${ANNA}\n`);
    assert.match(damaged.faults, /this public key is damaged/);
  });

  test('warns of lines in a key file that are left out', () => {
    const files = { '/project/keys': `# mine\n\n${ANNA}\nssh-dss AAAA old\nfrom="a" \n${BEN}\n` };
    const { byNode, warnings } = resolve(`${NODES}ssh: { keys: [keys] }`, files);
    assert.deepEqual(byNode[0], [ANNA, BEN]);
    assert.match(warnings, /2:15: \/project\/keys:4 is not a public key/);
    assert.match(warnings, /2:15: \/project\/keys:5 is not a public key/);
    assert.equal(warnings.match(/left out/g)?.length, 2);
  });

  test('warns of the example key, which would lock everyone out', () => {
    const example = ANNA.replace('anna@laptop', 'nobody@homepbp-example');
    assert.match(
      resolve(`${NODES}ssh: { keys: ["${example}"] }`).warnings,
      /2:15: this is the example key/,
    );
  });
});
