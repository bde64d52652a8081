// The snippets of dist/dhcp/ in the DHCP servers that they are for: each kind of machine asks and is
// told what the proxy of ours would tell it. As root on Linux; servers not installed are skipped.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { snippetBootFile } from '../../build/explain/dhcp.ts';
import { OPTION, PXE_OPTION } from '../../dhcp/option-codes.ts';
import { decodeOptions, encodeOptions } from '../../dhcp/option-list.ts';
import { type DhcpPacket, untilNul } from '../../dhcp/packet.ts';
import { pxeClientOf } from '../../dhcp/pxe-client.ts';
import { type Asker, pxeQuestion } from '../../dhcp/question.ts';
import { bootFileForClient } from '../../shim/proxy-dhcp/boot-file.ts';
import {
  addNamespace,
  cable,
  giveAddress,
  ip,
  letBroadcast,
  openMachine,
  skip,
  spawnIn,
  untilLine,
} from '../../shim/proxy-dhcp/namespaces.trial.ts';
import { DHCP_DAEMONS, dnsmasqWords } from './dhcp-daemons.ts';
import { dnsmasqOfOpenWrt } from './openwrt.ts';

const SNIPPETS = join(import.meta.dirname, '../../build/goldens/three-servers/want/dhcp');
const GENESIS = '192.168.1.5';
const URL = `http://${GENESIS}:8080/tftp`;
/** The DHCP server's own address; the snippets' Genesis is another computer. */
const ROUTER = '192.168.1.1';
const NETWORK = '192.168.1';

interface Kind {
  readonly arch: number;
  readonly vendorClass: Asker['vendorClass'];
  readonly isIpxe?: boolean;
  readonly file: string;
}

const KINDS: readonly Kind[] = [
  { arch: 0, vendorClass: 'PXEClient', file: 'undionly.kpxe' },
  { arch: 7, vendorClass: 'PXEClient', file: 'snponly.efi' },
  { arch: 9, vendorClass: 'PXEClient', file: 'snponly.efi' },
  { arch: 11, vendorClass: 'PXEClient', file: 'snponly-arm64.efi' },
  { arch: 0, vendorClass: 'PXEClient', isIpxe: true, file: 'boot.ipxe' },
  { arch: 7, vendorClass: 'PXEClient', isIpxe: true, file: 'boot.ipxe' },
  { arch: 16, vendorClass: 'HTTPClient', file: `${URL}/snponly.efi` },
  { arch: 19, vendorClass: 'HTTPClient', file: `${URL}/snponly-arm64.efi` },
];

const names = { server: `hpbs${process.pid}s`, machine: `hpbs${process.pid}m` };
const cleanups: (() => unknown)[] = [];
let folder = '';

before(() => {
  if (skip) return;
  for (const name of Object.values(names)) cleanups.push(addNamespace(name));
  cable(names.machine, 'lan', names.server, 'eth0');
  ip(`-n ${names.server} addr add ${ROUTER}/24 dev eth0`);
  letBroadcast(names.machine);
  folder = mkdtempSync(join(tmpdir(), 'homepbp-snippets-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
});

after(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
});

/** Debian's places for servers. */
function missing(...programs: string[]): string | false {
  if (skip) return skip;
  const none = programs.filter((program) => !existsSync(program));
  return none.length > 0 && `${none.join(' and ')} is not installed`;
}

function snippet(name: string): string {
  return readFileSync(join(SNIPPETS, name), 'utf8');
}

/** The file that an answer names: in its own field, or in option 67. */
function fileIn({ file, options }: DhcpPacket): string {
  return file === '' ? untilNul(options.get(OPTION.bootFile) ?? new Uint8Array()) : file;
}

function askerOf({ file: _, ...kind }: Kind, index: number): Asker {
  const mac = Uint8Array.of(0x52, 0x54, 0, 0x77, 0, index);
  return { ...kind, mac, uuid: new Uint8Array(16).fill(index) };
}

function vendorClassIn({ options }: DhcpPacket): string {
  return untilNul(options.get(OPTION.vendorClass) ?? new Uint8Array());
}

/** Asks a server that gives addresses too, as each kind of machine, and checks the answers. */
async function assertAnswers(t: TestContext) {
  const { send, hear } = await openMachine(t, names.machine);
  for (const [index, kind] of KINDS.entries()) {
    send(pxeQuestion(askerOf(kind, index), { type: 'discover', xid: 100 + index }));
    const { packet } = await hear();
    const what = JSON.stringify(kind);
    assert.deepEqual([packet.xid, fileIn(packet)], [100 + index, kind.file], what);
    assert.match(packet.yiaddr, /^192\.168\.1\.1\d\d$/, what);
    assert.equal(packet.siaddr, GENESIS, what);
    if (kind.vendorClass === 'HTTPClient') assert.match(vendorClassIn(packet), /^HTTPClient/, what);
  }
}

/** What firmware asks at port 4011: for the item of the menu, where an offer has one (for BIOS). */
function questionFor(offer: DhcpPacket, asker: Asker, ciaddr: string): DhcpPacket {
  const question = pxeQuestion(asker, { type: 'request', xid: offer.xid, ciaddr });
  const pxe = decodeOptions(offer.options.get(OPTION.vendorSpecific) ?? new Uint8Array());
  const menu = pxe?.get(PXE_OPTION.bootMenu);
  if (menu === undefined) return question;
  const item = Uint8Array.of(menu[0] ?? 0, menu[1] ?? 0, 0, 0);
  const chosen = encodeOptions(new Map([[PXE_OPTION.bootItem, item]]));
  return { ...question, options: new Map([...question.options, [OPTION.vendorSpecific, chosen]]) };
}

test('dnsmasq.conf, what explain reads from it, and the proxy name the same files', () => {
  for (const [index, kind] of KINDS.entries()) {
    const { arch, isIpxe = false, file } = kind;
    assert.equal(snippetBootFile(snippet('dnsmasq.conf'), arch, isIpxe), file);
    const question = pxeQuestion(askerOf(kind, index), { type: 'discover', xid: 1 });
    const client = pxeClientOf(question);
    assert.ok(client);
    const boot = bootFileForClient(client, () => true);
    assert.equal(boot.kind === 'file' && boot.file, file.split('/').at(-1));
  }
});

for (const daemon of Object.values(DHCP_DAEMONS)) {
  const { program, snippet: name, ready } = daemon;
  test(`${name} in ${daemon.name}`, { skip: missing(program) }, async (t) => {
    const words = daemon.configure(snippet(name), { folder, card: 'eth0', network: NETWORK });
    await untilLine(spawnIn(t, names.server, words).stderr, ready);
    await assertAnswers(t);
  });
}

test('openwrt.sh in dnsmasq', { skip: missing(DHCP_DAEMONS.dnsmasq.program) }, async (t) => {
  const { configure, ready } = DHCP_DAEMONS.dnsmasq;
  const conf = dnsmasqOfOpenWrt(snippet('openwrt.sh'));
  const words = configure(conf, { folder, card: 'eth0', network: NETWORK });
  await untilLine(spawnIn(t, names.server, words).stderr, ready);
  await assertAnswers(t);
});

const PROXY = 'dnsmasq-proxy.conf';

test(`${PROXY} in dnsmasq`, { skip: missing(DHCP_DAEMONS.dnsmasq.program) }, async (t) => {
  const words = dnsmasqWords(join(SNIPPETS, PROXY), 'eth0');
  await untilLine(spawnIn(t, names.server, words).stderr, /DHCP, proxy on subnet/);
  const address = `${NETWORK}.77`;
  giveAddress(t, names.machine, address);
  const { send, hear } = await openMachine(t, names.machine);
  for (const [index, kind] of KINDS.entries()) {
    if (kind.vendorClass === 'HTTPClient') continue;
    const asker = askerOf(kind, index);
    send(pxeQuestion(asker, { type: 'discover', xid: 200 + index }));
    const offer = (await hear()).packet;
    assert.deepEqual([offer.yiaddr, vendorClassIn(offer)], ['0.0.0.0', 'PXEClient']);
    // iPXE gets all at once; firmware takes the file only from the packet after this one.
    if (kind.isIpxe !== true) send(questionFor(offer, asker, address), `${ROUTER}:4011`);
    const packet = kind.isIpxe === true ? offer : (await hear()).packet;
    const { xid, siaddr } = packet;
    assert.deepEqual([xid, fileIn(packet), siaddr], [200 + index, kind.file, GENESIS]);
  }
});
