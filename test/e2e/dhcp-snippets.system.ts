// The snippets of dist/dhcp/ in the DHCP servers that they are for: each kind of machine asks and is
// told what the proxy of ours would tell it. As root on Linux; servers not installed are skipped.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
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

const SNIPPETS = join(import.meta.dirname, '../../build/goldens/three-servers/want/dhcp');
const GENESIS = '192.168.1.5';
const URL = `http://${GENESIS}:8080/tftp`;
/** The DHCP server's own address; the snippets' Genesis is another computer. */
const ROUTER = '192.168.1.1';

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

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
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
    if (kind.vendorClass === 'HTTPClient') assert.match(vendorClassIn(packet), /^HTTPClient/, what);
    else assert.equal(packet.siaddr, GENESIS, what);
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

const DNSMASQ = '/usr/sbin/dnsmasq';
const DNSMASQ_WORDS = [
  ...[DNSMASQ, '--keep-in-foreground', '--user=root', '--pid-file=', '--log-facility=-'],
  ...['--port=0', '--no-ping', '--interface=eth0', '--leasefile-ro'],
];

test('dnsmasq.conf in dnsmasq', { skip: missing(DNSMASQ) }, async (t) => {
  const conf = write('dnsmasq.conf', snippet('dnsmasq.conf'));
  const range = '--dhcp-range=192.168.1.100,192.168.1.150,255.255.255.0,10m';
  const words = [...DNSMASQ_WORDS, `--conf-file=${conf}`, range];
  await untilLine(spawnIn(t, names.server, words).stderr, /DHCP, IP range/);
  await assertAnswers(t);
});

test('dnsmasq-proxy.conf in dnsmasq', { skip: missing(DNSMASQ) }, async (t) => {
  const conf = write('dnsmasq-proxy.conf', snippet('dnsmasq-proxy.conf'));
  const words = [...DNSMASQ_WORDS, `--conf-file=${conf}`];
  await untilLine(spawnIn(t, names.server, words).stderr, /DHCP, proxy on subnet/);
  const address = '192.168.1.77';
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

const DHCPD = '/usr/sbin/dhcpd';

test('dhcpd.conf in ISC dhcpd', { skip: missing(DHCPD) }, async (t) => {
  const subnet =
    'subnet 192.168.1.0 netmask 255.255.255.0 { range 192.168.1.100 192.168.1.150; }\n';
  const conf = write('dhcpd.conf', `ping-check false;\n${snippet('dhcpd.conf')}${subnet}`);
  const leases = write('dhcpd.leases', '');
  const words = [DHCPD, '-4', '-f', '-d', '--no-pid', '-cf', conf, '-lf', leases, 'eth0'];
  await untilLine(spawnIn(t, names.server, words).stderr, /Server starting service/);
  await assertAnswers(t);
});

const KEA = '/usr/sbin/kea-dhcp4';

test('kea-dhcp4.conf in Kea', { skip: missing(KEA) }, async (t) => {
  const { Dhcp4 } = JSON.parse(snippet('kea-dhcp4.conf').replaceAll(/^\/\/.*$/gm, ''));
  const conf = write(
    'kea.conf',
    JSON.stringify({
      Dhcp4: {
        ...Dhcp4,
        'interfaces-config': { interfaces: ['eth0'] },
        'lease-database': { type: 'memfile', persist: false },
        subnet4: [{ subnet: '192.168.1.0/24', pools: [{ pool: '192.168.1.100-192.168.1.150' }] }],
        loggers: [{ name: 'kea-dhcp4', output_options: [{ output: 'stdout' }], severity: 'INFO' }],
      },
    }),
  );
  const place = `KEA_LOCKFILE_DIR=${folder} KEA_PIDFILE_DIR=${folder}`.split(' ');
  // The snippet as it is, with its comments, is Kea's own syntax too.
  execFileSync('env', [...place, KEA, '-t', join(SNIPPETS, 'kea-dhcp4.conf')], { timeout: 10_000 });
  const child = spawnIn(t, names.server, ['env', ...place, KEA, '-c', conf]);
  await untilLine(child.stdout, /DHCP4_STARTED/);
  await assertAnswers(t);
});
