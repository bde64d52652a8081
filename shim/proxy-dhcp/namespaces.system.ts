// `./homepbp serve --proxy-dhcp` on a computer with three cards, in network namespaces: two of them
// on one network, the third on another.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { BOOT_PROGRAMS } from '../../contract/boot-programs.ts';
import { OPTION } from '../../dhcp/option-codes.ts';
import { type DhcpPacket, encodeAddress } from '../../dhcp/packet.ts';
import { type Asker, pxeQuestion } from '../../dhcp/question.ts';
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
} from './namespaces.trial.ts';

/** Debian's; often not in the PATH. */
const DNSMASQ = '/usr/sbin/dnsmasq';
// Where every tool is required, a missing one is a failure.
const required = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
const noDnsmasq = skip || (required || existsSync(DNSMASQ) ? false : 'dnsmasq is not installed');
const HOMEPBP = join(import.meta.dirname, '../../homepbp');

const prefix = `hpbd${process.pid}`;
const names = { genesis: `${prefix}g`, hub: `${prefix}h`, one: `${prefix}1`, two: `${prefix}2` };
/** Genesis on the network of machine one (twice) and of machine two. */
const ADDRESS = { one: '10.99.1.1', alsoOne: '10.99.1.2', two: '10.99.2.1' } as const;
const BIOS: Asker = {
  mac: Uint8Array.of(0x52, 0x54, 0, 0x99, 0, 1),
  arch: 0,
  vendorClass: 'PXEClient',
  uuid: new Uint8Array(16).fill(7),
};

const cleanups: (() => unknown)[] = [];
let dist = '';

before(() => {
  if (skip) return;
  for (const name of Object.values(names)) cleanups.push(addNamespace(name));
  ip(`-n ${names.hub} link add br0 type bridge stp_state 0 forward_delay 0`);
  ip(`-n ${names.hub} link set br0 up`);
  cable(names.genesis, 'e1', names.hub, 'p1');
  cable(names.genesis, 'e2', names.hub, 'p2');
  cable(names.one, 'lan', names.hub, 'p3');
  for (const port of ['p1', 'p2', 'p3']) ip(`-n ${names.hub} link set ${port} master br0`);
  cable(names.two, 'lan', names.genesis, 'e3');
  ip(`-n ${names.genesis} addr add ${ADDRESS.one}/24 dev e1`);
  ip(`-n ${names.genesis} addr add ${ADDRESS.alsoOne}/24 dev e2`);
  ip(`-n ${names.genesis} addr add ${ADDRESS.two}/24 dev e3`);
  letBroadcast(names.one);
  letBroadcast(names.two);
  dist = mkdtempSync(join(tmpdir(), 'homepbp-proxy-'));
  cleanups.push(() => rmSync(dist, { recursive: true }));
  writeFileSync(join(dist, 'manifest.json'), '{}');
  mkdirSync(join(dist, 'tftp'));
  for (const { program } of BOOT_PROGRAMS) writeFileSync(join(dist, 'tftp', program), program);
});

after(() => {
  for (const cleanup of cleanups.reverse()) cleanup();
});

/** Starts the shim; resolves with its HTTP port and what it says of port 67, if anything. */
async function serve(t: TestContext, flags: readonly string[] = []) {
  const ports = ['--http-port', '0', '--tftp-port', '0'];
  const base = ['serve', '--dist', dist, '--state', join(dist, '.state'), ...ports, '--proxy-dhcp'];
  const child = spawnIn(t, names.genesis, [HOMEPBP, ...base, ...flags]);
  const fault = untilLine(child.stderr, /.*\bport 67\b.*/).then(([line]) => line);
  fault.catch(() => undefined);
  const ready = await untilLine(child.stdout, /^ready http=\S+:(\d+) /);
  return { httpPort: Number(ready[1]), fault };
}

/** A DHCP server on Genesis for machine two, without boot files. */
async function startDnsmasq(t: TestContext, options: readonly string[]): Promise<void> {
  const words = [
    ...[DNSMASQ, '--keep-in-foreground', '--conf-file=/dev/null', '--user=root', '--pid-file='],
    ...['--log-facility=-', '--port=0', '--no-ping', '--interface=e3', '--leasefile-ro'],
    ...['--dhcp-range=10.99.2.100,10.99.2.110,255.255.255.0,10m', ...options],
  ];
  await untilLine(spawnIn(t, names.genesis, words).stderr, /DHCP, IP range/);
}

function optionOf({ options }: DhcpPacket, code: number): string {
  return Buffer.from(options.get(code) ?? []).toString('hex');
}

test('each network hears one offer, with the address that Genesis has there', {
  skip,
}, async (t) => {
  await serve(t);
  for (const [place, xids] of [
    ['one', [0x1001, 0x1002]],
    ['two', [0x2001, 0x2002]],
  ] as const) {
    const { send, hear } = await openMachine(t, names[place]);
    // The second question shows that the first had one answer only.
    for (const xid of xids) {
      send(pxeQuestion(BIOS, { type: 'discover', xid }));
      const { packet, from } = await hear();
      assert.equal(from, `${ADDRESS[place]}:67`);
      const { op, siaddr, yiaddr, file } = packet;
      assert.deepEqual(
        { op, siaddr, yiaddr, file, xid: packet.xid },
        { op: 'reply', siaddr: ADDRESS[place], yiaddr: '0.0.0.0', file: 'undionly.kpxe', xid },
      );
      assert.equal(optionOf(packet, OPTION.messageType), '02');
      assert.equal(optionOf(packet, OPTION.vendorClass), Buffer.from('PXEClient').toString('hex'));
    }
  }
});

test('port 4011 acknowledges from the address that was asked', { skip }, async (t) => {
  const { httpPort } = await serve(t);
  giveAddress(t, names.two, '10.99.2.50');
  const { send, hear } = await openMachine(t, names.two);
  const question = { type: 'request', xid: 5, ciaddr: '10.99.2.50' } as const;
  send(
    pxeQuestion({ ...BIOS, arch: 7 }, { ...question, serverId: '10.9.9.9' }),
    `${ADDRESS.two}:4011`,
  );
  send(pxeQuestion({ ...BIOS, arch: 7 }, question), `${ADDRESS.two}:4011`);
  const { packet, from } = await hear();
  assert.equal(from, `${ADDRESS.two}:4011`);
  assert.deepEqual(
    [packet.file, packet.siaddr, packet.ciaddr],
    ['snponly.efi', ADDRESS.two, '10.99.2.50'],
  );
  assert.equal(optionOf(packet, OPTION.messageType), '05');

  const http: Asker = { ...BIOS, arch: 16, vendorClass: 'HTTPClient' };
  send(pxeQuestion(http, { type: 'discover', xid: 6 }));
  const offer = await hear();
  assert.equal(offer.packet.file, `http://${ADDRESS.two}:${httpPort}/tftp/snponly.efi`);
});

test('--interface: nothing is offered on the other cards', { skip }, async (t) => {
  await serve(t, ['--interface', 'e3']);
  giveAddress(t, names.one, '10.99.1.50');
  const one = await openMachine(t, names.one);
  const two = await openMachine(t, names.two);
  const question = pxeQuestion(BIOS, { type: 'discover', xid: 1 });
  // Received on another card but offered here: the kernel does not say on which one it arrived.
  one.send(question);
  assert.equal((await two.hear()).packet.xid, 1);
  // The first packet that machine one gets is its own, sent after any offer.
  one.send(question, '10.99.1.50:68');
  assert.equal((await one.hear()).from, '10.99.1.50:68');
});

test('a DHCP server on this computer shares its port, and keeps its renewals', {
  skip: noDnsmasq,
}, async (t) => {
  await startDnsmasq(t, ['--bind-interfaces']);
  await serve(t);
  const { send, hear } = await openMachine(t, names.two);
  send(pxeQuestion(BIOS, { type: 'discover', xid: 31 }));
  const offers = [await hear(), await hear()].map(({ packet }) => packet);
  assert.deepEqual(offers.map(({ file }) => file).sort(), ['', 'undionly.kpxe']);
  const address = offers.map(({ yiaddr }) => yiaddr).find((one) => one !== '0.0.0.0');
  assert.ok(address);

  // Both servers have the same address, and only one of them gave the machine its own.
  const request = pxeQuestion(BIOS, { type: 'request', xid: 31, serverId: ADDRESS.two });
  send({ ...request, options: new Map([...request.options, [50, encodeAddress(address)]]) });
  assert.equal((await hear()).packet.yiaddr, address);

  giveAddress(t, names.two, address);
  send(pxeQuestion(BIOS, { type: 'request', xid: 32, ciaddr: address }), `${ADDRESS.two}:67`);
  const renewed = (await hear()).packet;
  assert.deepEqual([renewed.xid, renewed.yiaddr], [32, address]);
});

test('a DHCP server on this computer that occupies port 67: port 4011 answers, and a hint', {
  skip: noDnsmasq,
}, async (t) => {
  await startDnsmasq(t, []);
  const { fault } = await serve(t);
  assert.match(await fault, /port 67 of 10\.99\.1\.1, 10\.99\.2\.1 is taken by a DHCP server/);
  giveAddress(t, names.two, '10.99.2.50');
  const { send, hear } = await openMachine(t, names.two);
  const question = {
    type: 'request',
    xid: 41,
    ciaddr: '10.99.2.50',
    serverId: ADDRESS.two,
  } as const;
  send(pxeQuestion(BIOS, question), `${ADDRESS.two}:4011`);
  const { packet, from } = await hear();
  assert.deepEqual([packet.file, from], ['undionly.kpxe', `${ADDRESS.two}:4011`]);
});
