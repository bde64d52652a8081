// The stick's script, as iPXE runs it.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { type IpxeMachine, walkIpxe } from '../explain/ipxe.ts';
import type { Templates } from '../render.ts';
import type { GenesisPlan } from '../schema/genesis.ts';
import { readTemplates } from '../shipped-files.ts';
import { stickImage } from './image.ts';
import { type AddressFlags, readAddress, stickGenesis, stickScript } from './script.ts';

const START = 'file:/autoexec.ipxe';
const BASE = 'http://10.0.0.1:8080';
const NODE = `${BASE}/nodes/52-54-00-12-34-01/boot.ipxe`;
const AUTO: GenesisPlan = { url: null, httpPort: 8080, ip: null };
const KNOWN: GenesisPlan = { ...AUTO, ip: '10.0.0.1' };
const BOOT = readFileSync(
  join(import.meta.dirname, '../goldens/one-node-defaults/want/boot.ipxe'),
  'utf8',
);
const CARD = { 'net0/mac': '52:54:00:12:34:01', 'net0/mac:hexhyp': '52-54-00-12-34-01' };

let templates: Templates;
before(async () => {
  templates = await readTemplates();
});

function scriptOf(genesis: GenesisPlan, flags: AddressFlags = {}, url?: string): string {
  const read = readAddress(flags);
  assert.ok('address' in read);
  return stickScript(templates, stickGenesis(genesis, url), read.address);
}

function run(script: string, machine: Partial<IpxeMachine> = {}, files = { [NODE]: '' }) {
  const texts: Record<string, string> = { [START]: script, [`${BASE}/boot.ipxe`]: BOOT };
  const nodeScript = '#!ipxe\nkernel k ${fixed-address} || exit 1\nboot || exit 1\n';
  for (const url of Object.keys(files)) texts[url] = nodeScript;
  texts[new URL('k', NODE).href] = 'kernel';
  return walkIpxe(START, {
    settings: { platform: 'pcbios', ...CARD },
    lease: {},
    get: (url) => texts[url] ?? null,
    ...machine,
  });
}

const asked = ({ fetches }: ReturnType<typeof run>) =>
  fetches.filter(({ command }) => command === 'dhcp').length;

describe('with DHCP', () => {
  test('its lease, then the script of the node at the address in nodes.yaml', () => {
    const { end } = run(scriptOf(KNOWN), { lease: { 'next-server': '10.0.0.254' } });
    assert.deepEqual(end, { kind: 'kernel', words: [] });
  });

  test('genesis.ip: auto: where DHCP points', () => {
    const { end } = run(scriptOf(AUTO), { lease: { 'next-server': '10.0.0.1' } });
    assert.equal(end.kind, 'kernel');
  });

  test('each card is named and asked again, until one gets an answer', () => {
    const settings = { platform: 'efi', ...CARD, 'net1/mac': '52:54:00:12:34:02' };
    const walk = run(scriptOf(KNOWN), { settings, silences: 5 });
    assert.equal(walk.end.kind, 'kernel');
    const tries = walk.console.filter((line) => line.endsWith('asking DHCP'));
    assert.deepEqual(tries.slice(0, 3), [
      'HomePBP: net0 (52:54:00:12:34:01): asking DHCP',
      'HomePBP: net1 (52:54:00:12:34:02): asking DHCP',
      'HomePBP: net0 (52:54:00:12:34:01): asking DHCP',
    ]);
    assert.equal(tries.length, 6);
  });

  for (const [platform, end] of [
    ['pcbios', { kind: 'sanboot', drive: '0x81' }],
    ['efi', { kind: 'exit', status: 1 }],
  ] as const) {
    test(`no answer on ${platform}: the machine's own disk, after four rounds`, () => {
      const walk = run(scriptOf(KNOWN), { settings: { platform, ...CARD }, silences: 99 });
      assert.deepEqual(walk.end, end);
      assert.equal(asked(walk), 4);
      assert.ok(walk.seconds < 90, String(walk.seconds));
    });
  }

  test("a node's script that boots the disk does not start the stick again", () => {
    const node =
      '#!ipxe\nisset ${local-drive} || set local-drive 0x80\nsanboot --drive ${local-drive} ||\n';
    const texts: Record<string, string> = { [START]: scriptOf(KNOWN), [`${BASE}/boot.ipxe`]: BOOT };
    texts[NODE] = node;
    const { end } = run('', { get: (url) => texts[url] ?? null });
    assert.deepEqual(end, { kind: 'sanboot', drive: '0x81' });
  });

  test('no card that iPXE knows: said, and the disk', () => {
    const { end, console } = run(scriptOf(KNOWN), { settings: { platform: 'efi' } });
    assert.deepEqual(end, { kind: 'exit', status: 1 });
    assert.ok(console.some((line) => line.includes('has no driver')));
  });
});

describe('with an address', () => {
  const FLAGS = { address: '10.0.0.9/20', gateway: '10.0.0.254', dns: '9.9.9.9' };

  test('DHCP is never asked, and the kernel line has the address', () => {
    const walk = run(scriptOf(KNOWN, FLAGS));
    assert.equal(asked(walk), 0);
    const words = ['homepbp.address=10.0.0.9/20,10.0.0.254,9.9.9.9'];
    assert.deepEqual(walk.end, { kind: 'kernel', words });
  });

  test('the card that reaches Genesis is taken', () => {
    const script = scriptOf(KNOWN, FLAGS);
    for (const line of [
      'ip 10.0.0.9',
      'netmask 255.255.240.0',
      'gateway 10.0.0.254',
      'dns 9.9.9.9',
    ])
      assert.ok(script.includes(`\nset net\${card}/${line}\n`), line);
    const walk = run(script, { get: (url) => (url === START ? script : null) });
    assert.deepEqual(walk.end, { kind: 'sanboot', drive: '0x81' });
    assert.equal(walk.console.filter((line) => line.includes('trying 10.0.0.9')).length, 4);
  });

  test('without gateway and name server they are not set', () => {
    const script = scriptOf(KNOWN, { address: '10.0.0.9/24' });
    assert.doesNotMatch(script, /\/gateway|\/dns/);
    assert.match(script, /homepbp\.address=10\.0\.0\.9\/24,,\n/);
  });

  test('every fault of the flags at once', () => {
    const read = readAddress({ address: '10.0.0.0/24', gateway: '10.0.1.1', dns: 'x' });
    assert.ok('faults' in read);
    assert.equal(read.faults.length, 3, read.faults.join('\n'));
  });

  const WRONG: [string, AddressFlags][] = [
    ['no prefix', { address: '10.0.0.9' }],
    ["the network's own", { address: '10.0.0.0/24' }],
    ['the broadcast', { address: '10.0.0.255/24' }],
    ['its own machine', { address: '127.0.0.1/8' }],
    ['a group', { address: '224.0.0.1/4' }],
    ['the broadcast as gateway', { address: '10.0.0.9/24', gateway: '10.0.0.255' }],
    ['nobody as name server', { address: '10.0.0.9/24', dns: '0.0.0.0' }],
    ['itself as gateway', { address: '10.0.0.9/24', gateway: '10.0.0.9' }],
    ['only a gateway', { gateway: '10.0.0.1' }],
    ['only a name server', { dns: '10.0.0.1' }],
  ];
  for (const [name, flags] of WRONG) {
    test(`${name} is refused`, () => assert.ok('faults' in readAddress(flags)));
  }

  test('of two addresses both are usable (RFC 3021)', () => {
    assert.ok('address' in readAddress({ address: '10.0.0.8/31', gateway: '10.0.0.9' }));
  });
});

test('the URL of the flag goes before that of nodes.yaml, and that before its address', () => {
  const both = { ...KNOWN, url: 'http://nas' };
  assert.equal(stickGenesis(both, 'http://flag/').url, 'http://flag');
  assert.equal(stickGenesis(both, undefined).url, 'http://nas');
  assert.equal(stickGenesis(KNOWN, undefined).url, BASE);
  assert.equal(stickGenesis(AUTO, undefined).url, null);
});

test('the longest script fits into what BIOS has for it', () => {
  const url = `http://nas/${'a'.repeat(255 - 'http://nas/'.length)}`;
  const flags = {
    address: '223.100.100.101/30',
    gateway: '223.100.100.102',
    dns: '223.100.100.101',
  };
  const programs = { bootSector: new Uint8Array(440), bios: new Uint8Array(), efi: new Map() };
  stickImage(scriptOf(AUTO, flags, url), programs);
});
