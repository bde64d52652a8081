// A damaged file of each kind: which, where, why, and how to get a whole one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UserError } from '../messages/user-error.ts';
import { parseBuildRecord } from './build-record.ts';
import { parseEnrolled, parseEnrolment } from './enrolment.ts';
import { parseFounded } from './founded.ts';
import { parseAnyInventory, parseInventoryFile } from './inventory.ts';
import { parseIssued } from './issued.ts';
import { parseManifest } from './manifest.ts';
import { parseMediaLock } from './media-lock.ts';
import { parsePublished } from './published.ts';

const node = {
  ...{ name: 'a', macs: ['52-54-00-12-34-01'], arch: 'amd64', role: 'server' },
  ...{ boot: 'live', os: '24.04-amd64', ip: '192.168.1.2/24' },
};
const set = { epoch: 1, servers: ['a'] };
const INVENTORY = {
  ...{ version: 1, httpPort: 8080, httpName: 'nas.lan', cluster: 'home' },
  ...{ founding: { ...set, founded: false }, nodes: [node] },
};
const sha256 = 'ab'.repeat(32);
const LOCK = {
  ...{ version: 2, resolved: { 'k3s stable': 'v1' }, keys: { 'gh:me': ['ssh-ed25519 A'] } },
  dates: { 'archive dists/noble/InRelease': '2025-07-17T10:11:12.000Z' },
  files: { 'os/x/initrd': { url: 'https://a.example/b', size: 1, sha256 } },
};
const FOUNDED = { version: 1, epoch: 1, node: 'a', at: '2026-11-29T00:00:00.000Z' };

const SET = { id: '0123456789abcdef', token: 't', agentToken: 'a', peerKey: 'p' };
const ISSUED = { version: 1, project: 'x', passwordKey: 'p', sets: [SET] };
const SEEN = { at: '2026-11-29T00:00:00.000Z', address: null, fingerprint: 'SHA256:x' };
const PINNED = {
  ...{ ...SEEN, mac: '52-54-00-12-34-01', role: 'server' },
  ...{ state: null, key: 'PEM', wipe: null },
};
const ENROLLED = { version: 1, name: 'a', pinned: PINNED, admitted: null, refused: SEEN };

interface Kind {
  readonly parse: (text: string, path: string) => unknown;
  readonly good: object;
  /** A value of it that is wrong, its path, and what is said of that. */
  readonly bad: object;
  readonly why: RegExp;
  readonly hint: RegExp;
}

const REBUILD = /run \.\/homepbp build/;

const kinds: Readonly<Record<string, Kind>> = {
  'inventory.json': {
    parse: parseInventoryFile,
    good: INVENTORY,
    bad: { ...INVENTORY, nodes: [{ ...node, macs: ['52:54:00:12:34:01'] }] },
    why: /^nodes\[0\]\.macs\[0\] is not a MAC address in lower case with hyphens$/,
    hint: REBUILD,
  },
  'inventory.json of any version': {
    parse: parseAnyInventory,
    good: { nodes: [node], before: 'version' },
    bad: { nodes: [null] },
    why: /^nodes\[0\] is not an object$/,
    hint: REBUILD,
  },
  'manifest.json': {
    parse: parseManifest,
    good: { 'os/x/initrd': { size: 3, sha256 }, 'nodes/m/user-data': { size: 1 } },
    bad: { 'os/x/initrd': { size: '3' } },
    why: /^\["os\/x\/initrd"\]\.size is not a number$/,
    hint: REBUILD,
  },
  '.build.json': {
    parse: parseBuildRecord,
    good: { media: '../media' },
    bad: { media: 5 },
    why: /^media is not a string$/,
    hint: REBUILD,
  },
  'published.json': {
    parse: parsePublished,
    good: { version: 1, sets: [set] },
    bad: { version: 1, sets: [set, { epoch: 0, servers: [] }] },
    why: /^sets\[1\]\.epoch is 0 or less$/,
    hint: /restore it from a backup; remove it only if no machine has booted yet/,
  },
  'issued/secrets.json': {
    parse: parseIssued,
    good: ISSUED,
    bad: { ...ISSUED, sets: [{ ...SET, id: 'x' }] },
    why: /^sets\[0\]\.id is not valid$/,
    hint: /restore it from a backup; if there is none, remove it and run \.\/homepbp build/,
  },
  'enrolment.json': {
    parse: parseEnrolment,
    good: { version: 1, project: 'x' },
    bad: { version: 1 },
    why: /^project is missing$/,
    hint: /run \.\/homepbp enroll --all/,
  },
  'enrolled/<name>.json': {
    parse: parseEnrolled,
    good: ENROLLED,
    bad: { ...ENROLLED, pinned: { ...PINNED, mac: '52:54:00:12:34:01' } },
    why: /^pinned\.mac is not a MAC address in lower case with hyphens$/,
    hint: /restore it from a backup, or remove it and run \.\/homepbp enroll/,
  },
  'founded.json': {
    parse: parseFounded,
    good: FOUNDED,
    bad: { ...FOUNDED, node: undefined },
    why: /^node is missing$/,
    hint: /restore it from a backup; remove it only if no node has founded/,
  },
  'media.lock.json': {
    parse: parseMediaLock,
    good: LOCK,
    bad: { ...LOCK, files: { 'os/../x': LOCK.files['os/x/initrd'] } },
    why: /^files\["os\/\.\.\/x"\] is not valid$/,
    hint: /restore it from version control, or delete it and run \.\/homepbp fetch/,
  },
};

for (const [name, { parse, good, bad, why, hint }] of Object.entries(kinds)) {
  const messageOf = (text: string): readonly string[] => {
    try {
      parse(text, name);
    } catch (error) {
      assert.ok(error instanceof UserError, String(error));
      return error.message.split('\n');
    }
    return assert.fail('it was taken');
  };

  test(`${name}: a valid one is read`, () => {
    assert.deepEqual(parse(JSON.stringify(good), name), good);
  });

  test(`${name}: one truncated at any length is reported as damaged at its end`, () => {
    const text = JSON.stringify(good);
    for (let length = 0; length < text.length; length++) {
      const [what = '', fix = ''] = messageOf(text.slice(0, length));
      const [, column = ''] = /:1:(\d+): the file is damaged: not valid JSON$/.exec(what) ?? [];
      assert.ok(Number(column) >= 1 && Number(column) <= length + 1, what);
      assert.match(fix, hint);
    }
  });

  test(`${name}: a wrong value is reported with its place`, () => {
    const [what = '', fix = ''] = messageOf(JSON.stringify(bad, null, 2));
    assert.match(what, /:\d+:\d+: the file is damaged: /);
    assert.match(what.replace(/^.* is damaged: /, ''), why);
    assert.match(fix, /^ {2}hint: /);
    assert.match(fix, hint);
  });

  if ('version' in good) {
    test(`${name}: a later version is not reported as damaged`, () => {
      const [what = ''] = messageOf(JSON.stringify({ ...good, version: 9 }));
      assert.match(what, /: another version of HomePBP wrote this: version is not 1( or 2)?$/);
    });
  }
}

test('media.lock.json: one of version 1 is still read, and one with a date that is none is not', () => {
  const { dates, ...old } = { ...LOCK, version: 1 };
  assert.deepEqual(parseMediaLock(JSON.stringify(old), 'l'), { ...old, dates: {} });
  const name = Object.keys(dates)[0] ?? '';
  const bad = { ...LOCK, dates: { [name]: 'yesterday' } };
  assert.throws(() => parseMediaLock(JSON.stringify(bad), 'l'), /dates\[.*\] is not valid/);
});
