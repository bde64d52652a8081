import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { dhcpSnippets, PLACEHOLDER } from './dhcp-snippets.ts';
import { snippetBootFile } from './explain/dhcp.ts';
import type { IpxeFile } from './media.ts';
import { makeRender } from './render.ts';
import type { GenesisPlan } from './schema/genesis.ts';
import { readTemplates } from './shipped-files.ts';

const templates = await readTemplates();
const ALL: readonly IpxeFile[] = ['undionly.kpxe', 'snponly.efi', 'snponly-arm64.efi'];
const GENESIS: GenesisPlan = { url: null, httpPort: 8080, ip: '192.168.1.5' };

/** The files by name. */
function snippets(genesis: Partial<GenesisPlan> = {}, there = ALL): ReadonlyMap<string, string> {
  const plan = { genesis: { ...GENESIS, ...genesis }, nodes: [] };
  const files = dhcpSnippets(plan, new Set(there), makeRender(templates));
  return new Map(
    files.map((file) => {
      assert.ok('content' in file && typeof file.content === 'string');
      return [file.path.replace('dhcp/', ''), file.content];
    }),
  );
}

for (const [what, genesis, address] of [
  ['genesis.ip', {}, '192.168.1.5'],
  ['the host of a URL', { ip: null, url: 'http://10.0.0.9:81/boot' }, '10.0.0.9'],
  ['genesis.ip before a URL', { url: 'http://10.0.0.9' }, '192.168.1.5'],
] as const) {
  test(`machines are sent to ${what}`, () => {
    for (const [name, text] of snippets(genesis)) {
      assert.ok(!text.includes(PLACEHOLDER), name);
      if (name !== 'README.txt') assert.ok(text.includes(address), name);
    }
  });
}

for (const [what, genesis, whose] of [
  ['auto', { ip: null }, 'the machine that runs ./homepbp serve'],
  ['a host name', { ip: null, url: 'http://nas.lan/boot' }, 'nas.lan, or of the TFTP server'],
] as const) {
  test(`with ${what}, each file says what to put in the address's place`, () => {
    const remark = `Replace ${PLACEHOLDER} with the IPv4 address of ${whose}`;
    for (const [name, text] of snippets(genesis)) assert.ok(text.includes(remark), name);
  });
}

test('UEFI HTTP boot: the URL of Genesis, whose address comes with it', () => {
  const url = 'http://192.168.1.5:8080/tftp/snponly.efi';
  const line = `dhcp-boot=tag:!ipxe,tag:efi64http,${url},,192.168.1.5`;
  assert.ok(snippets().get('dnsmasq.conf')?.split('\n').includes(line));
  const elsewhere = { ip: null, url: 'http://10.0.0.9/boot' };
  const conf = snippets(elsewhere).get('dnsmasq.conf') ?? '';
  assert.equal(snippetBootFile(conf, 16, false), 'http://10.0.0.9/boot/tftp/snponly.efi');
  const { Dhcp4 } = JSON.parse(
    (snippets().get('kea-dhcp4.conf') ?? '').replaceAll(/^\/\/.*$/gm, ''),
  );
  for (const one of Dhcp4['client-classes']) assert.equal(one['next-server'], '192.168.1.5');
});

test('a program that is not there is named nowhere but in the remark on it', () => {
  const remark =
    'No line for UEFI arm64 and UEFI arm64 HTTP boot: tftp/snponly-arm64.efi is missing. To get it: ./homepbp fetch, then build.';
  for (const [name, text] of snippets({}, ['undionly.kpxe', 'snponly.efi'])) {
    assert.ok(text.includes(remark), name);
    assert.ok(!text.replace(remark, '').includes('snponly-arm64'), name);
  }
  for (const [name, text] of snippets({}, ['undionly.kpxe']))
    assert.ok(!text.replaceAll('tftp/snponly.efi is missing', '').includes('snponly.efi'), name);
  const none = snippets({}, []).get('dnsmasq.conf') ?? '';
  assert.equal(snippetBootFile(none, 7, false), null);
  assert.equal(snippetBootFile(none, 7, true), 'boot.ipxe');
});

test('mikrotik.rsc: options are text, sets have known options, matchers a pool and a known set', () => {
  const text = snippets().get('mikrotik.rsc') ?? '';
  const lines = text.split('\n').filter((line) => line.startsWith('add '));
  const named = (pattern: RegExp) => lines.flatMap((line) => pattern.exec(line)?.slice(1) ?? []);
  const options = named(/^add name=(\S+) code=6[067] value="s'[^']+'"/);
  const sets = named(/^add name=(\S+) options=/);
  const matchers = lines.filter((line) => / option-set=/.test(line));
  assert.equal(options.length + sets.length + matchers.length, lines.length);
  for (const list of named(/ options=(\S+)$/))
    for (const option of list.split(',')) assert.ok(options.includes(option), option);
  for (const line of matchers) {
    assert.match(line, / server=\$homepbpServer address-pool=\$homepbpPool code=(77|93) value=/);
    assert.ok(sets.includes(/ option-set=(\S+)$/.exec(line)?.[1] ?? ''), line);
  }
  assert.match(text, /^\/ip dhcp-server network set \[find\] next-server=192\.168\.1\.5$/m);
});

test('openwrt.sh is a shell script, which changes nothing without an address', () => {
  const sh = (input = '') =>
    spawnSync('/bin/sh', ['-s'], { input, encoding: 'utf8', env: { PATH: '' } });
  const { status, stdout, stderr } = sh(snippets({ ip: null }).get('openwrt.sh'));
  assert.deepEqual([status, stdout], [1, '']);
  assert.match(stderr, /^Put in the address first/);
  const filled = snippets({ ip: null }).get('openwrt.sh')?.replaceAll(PLACEHOLDER, '10.0.0.9');
  assert.match(sh(filled).stderr, /uci: not found/);
});
