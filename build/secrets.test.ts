import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Issued, SecretSet } from '../contract/issued.ts';
import { formatFaults } from './faults.ts';
import { parseInventory } from './inventory.ts';
import { type KnownSecrets, resolveSecrets } from './secrets.ts';
import { fingerprintOf, matchesFingerprint } from './token-fingerprint.ts';

const TOKEN = 'correct-horse-battery-staple';
const OTHER = 'another-token-of-some-length';

/** Resolves `cluster.token: <reference>` over made-up files and variables. */
function resolve(
  reference: string,
  files: Record<string, string> = {},
  known: Partial<KnownSecrets> = {},
) {
  const text = `cluster: { token: "${reference}" }\nnodes: [{ name: a, mac: 52-54-00-00-00-01 }]\n`;
  const inventory = parseInventory({ name: 'nodes.yaml', text });
  const sources = {
    folder: '/secrets',
    project: '/project',
    home: '/home/anna',
    environment: { TOKEN, EMPTY: '' },
    readText: (path: string) => files[path] ?? null,
    readKept: (path: string) => files[path] ?? null,
  };
  const resolved = resolveSecrets(inventory, sources, {
    fingerprint: null,
    issued: null,
    ...known,
  });
  return { ...resolved, message: formatFaults({ name: 'nodes.yaml', text: '' }, resolved.faults) };
}

describe('resolveSecrets', () => {
  test('auto makes all secrets once, long and different each time', () => {
    const { secrets, fresh, message } = resolve('auto');
    assert.equal(message, '');
    assert.match(secrets.token, /^[0-9a-f]{64}$/);
    assert.deepEqual(
      [...fresh],
      [
        ['token', secrets.token],
        ['agent-token', secrets.agentToken],
        ['peer-key', secrets.peerKey],
      ],
    );
    assert.notEqual(resolve('auto').secrets.token, secrets.token);
  });

  test('auto takes what secrets/ holds', () => {
    const { secrets, fresh } = resolve('auto', {
      '/secrets/token': `${TOKEN}\n`,
      '/secrets/agent-token': 'agents\n',
      '/secrets/peer-key': 'key\n',
    });
    assert.deepEqual(secrets, { token: TOKEN, agentToken: 'agents', peerKey: 'key' });
    assert.equal(fresh.size, 0);
  });

  test('${NAME} and paths name a token', () => {
    assert.equal(resolve('${TOKEN}').secrets.token, TOKEN);
    assert.equal(resolve('~/t', { '/home/anna/t': TOKEN }).secrets.token, TOKEN);
    const secure = `K10${'0'.repeat(64)}::server:${TOKEN}`;
    assert.equal(resolve('t', { '/project/t': secure }).secrets.token, secure);
  });

  const refused: [string, string, Record<string, string>, RegExp][] = [
    ['a variable that is not set', '${GONE}', {}, /environment variable GONE is not set/],
    ['a variable that is empty', '${EMPTY}', {}, /environment variable EMPTY is not set/],
    ['what every object has', '${__proto__}', {}, /environment variable __proto__ is not set/],
    ['the token itself', OTHER, {}, /is not a readable file/],
    ['a kubeadm bootstrap token', 't', { '/project/t': 'abcdef.0123456789abcdef' }, /kubeadm/],
    ['a token of another form', 't', { '/project/t': 'node::0123456789abcdef' }, /single word/],
    ['a short token', 't', { '/project/t': 'short' }, /16 to 512/],
    [
      'a token of several words',
      't',
      { '/project/t': 'several words of some length' },
      /single word/,
    ],
  ];
  for (const [name, reference, files, expected] of refused) {
    test(`refuses ${name}, and never repeats it`, () => {
      const { message } = resolve(reference, files);
      assert.match(message, expected);
      for (const secret of [TOKEN, OTHER, ...Object.values(files)])
        assert.ok(!message.includes(secret));
    });
  }
});

describe('a fingerprint', () => {
  const fingerprint = fingerprintOf(TOKEN);

  test('is known again, and salted', () => {
    assert.ok(matchesFingerprint(TOKEN, fingerprint));
    assert.ok(!matchesFingerprint(OTHER, fingerprint));
    assert.ok(!matchesFingerprint(TOKEN, 'scrypt:00'));
    assert.notEqual(fingerprintOf(TOKEN), fingerprint);
  });

  test('without its token refuses the build and says how to restore it', () => {
    assert.match(
      resolve('auto', {}, { fingerprint }).message,
      /secrets\/token is gone[\s\S]*restore secrets\//,
    );
    assert.match(
      resolve('auto', { '/secrets/token': OTHER }, { fingerprint }).message,
      /differs from the one/,
    );
    const both = { '/secrets/token': TOKEN, '/secrets/peer-key': 'key' };
    assert.equal(resolve('auto', both, { fingerprint }).message, '');
    assert.match(
      resolve('${TOKEN}', {}, { fingerprint }).message,
      /secrets\/peer-key is gone[\s\S]*restore secrets\//,
    );
  });
});

describe('what was issued', () => {
  const ours = { token: TOKEN, agentToken: 'agents', peerKey: 'key' };
  const files = {
    '/secrets/token': TOKEN,
    '/secrets/agent-token': 'agents',
    '/secrets/peer-key': 'key',
  };
  const issued = (set: Partial<SecretSet> = {}): Issued => ({
    ...{ version: 1, project: 'p', passwordKey: 'key' },
    sets: [{ id: '0123456789abcdef', ...ours, ...set }],
  });

  test('agrees with secrets/', () => {
    assert.equal(resolve('auto', files, { issued: issued() }).message, '');
  });

  const others: [string, Partial<SecretSet>, RegExp][] = [
    ['token', { token: OTHER }, /the token differs from the one in secrets\/issued/],
    ['agent token', { agentToken: 'x' }, /the agent token differs from the one in/],
    ['peer key', { peerKey: 'x' }, /the peer key differs from the one in/],
  ];
  for (const [name, set, expected] of others) {
    test(`refuses another ${name}`, () => {
      assert.match(resolve('auto', files, { issued: issued(set) }).message, expected);
    });
  }

  test('refuses to make a second agent token; a project from before gets its first', () => {
    const { '/secrets/agent-token': _, ...before } = files;
    const lost = resolve('auto', before, { issued: issued() });
    assert.match(lost.message, /secrets\/agent-token is gone[\s\S]*restore secrets\//);
    const first = resolve('auto', before, { fingerprint: fingerprintOf(TOKEN) });
    assert.deepEqual([first.message, [...first.fresh.keys()]], ['', ['agent-token']]);
  });
});
