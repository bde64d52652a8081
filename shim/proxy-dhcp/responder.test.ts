import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DOCTOR_UUID } from '../../contract/doctor.ts';
import { OPTION } from '../../dhcp/option-codes.ts';
import { decodeOptions } from '../../dhcp/option-list.ts';
import { type DhcpPacket, decodePacket, encodePacket } from '../../dhcp/packet.ts';
import { type Asker, pxeQuestion, type Question } from '../../dhcp/question.ts';
import type { LogEvent } from '../log.ts';
import { Responder } from './responder.ts';

const SERVER = '10.0.0.1';
const ASKER: Asker = {
  mac: Uint8Array.of(0x52, 0x54, 0, 0, 0, 1),
  arch: 0,
  vendorClass: 'PXEClient',
  uuid: new Uint8Array(16).fill(9),
};

interface Said {
  /** The address and port it was sent from. */
  readonly from: string;
  readonly packet: DhcpPacket;
}

/** A responder on the given networks, with a clock that the test sets. */
function trial({
  networks = [SERVER],
  httpPort = 8080 as number | null,
  has = (_file: string): boolean => true,
} = {}) {
  const said: Said[] = [];
  const events: LogEvent[] = [];
  const clients: string[] = [];
  const counts: Record<string, number> = {};
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1;
  };
  const say = (from: string) => (bytes: Uint8Array) => {
    const packet = decodePacket(bytes);
    assert.ok(packet.kind === 'dhcp');
    said.push({ from, packet });
  };
  const time = { now: 1000 };
  const responder = new Responder({
    networks: new Map(networks.map((address) => [address, { broadcast: say(`${address}:67`) }])),
    httpPort,
    has,
    now: () => time.now,
    log: (event) => events.push(event),
    onClient: ({ mac }) => clients.push(mac),
    count,
    drop: count,
  });
  const broadcast = (asker: Partial<Asker>, question: Partial<Question> = {}) =>
    responder.atDhcpPort(
      encodePacket(pxeQuestion({ ...ASKER, ...asker }, { type: 'discover', xid: 1, ...question })),
    );
  const ask = (bytes: Uint8Array, server = SERVER) =>
    responder.atBootServerPort(bytes, server, say(`${server}:4011`));
  return { responder, said, events, clients, counts, time, broadcast, ask };
}

function hex(packet: DhcpPacket | undefined, code: number): string | undefined {
  const value = packet?.options.get(code);
  return value && Buffer.from(value).toString('hex');
}

test('the boot file of each kind of machine', () => {
  const { said, broadcast, counts } = trial();
  const url = `http://${SERVER}:8080/tftp`;
  const expected: [Partial<Asker>, string | undefined][] = [
    [{ arch: 0 }, 'undionly.kpxe'],
    [{ arch: 7 }, 'snponly.efi'],
    [{ arch: 9 }, 'snponly.efi'],
    [{ arch: 11 }, 'snponly-arm64.efi'],
    [{ arch: 0, isIpxe: true }, 'boot.ipxe'],
    [{ arch: 6, isIpxe: true }, 'boot.ipxe'],
    [{ arch: 16, vendorClass: 'HTTPClient' }, `${url}/snponly.efi`],
    [{ arch: 19, vendorClass: 'HTTPClient' }, `${url}/snponly-arm64.efi`],
    [{ arch: 6 }, undefined],
    [{ arch: 10 }, undefined],
    [{ arch: 20, vendorClass: 'HTTPClient' }, undefined],
    [{ arch: 0, vendorClass: 'HTTPClient' }, undefined],
  ];
  expected.forEach(([asker, file], index) => {
    broadcast({ ...asker, mac: Uint8Array.of(2, 0, 0, 0, 0, index) });
    assert.equal(said.pop()?.packet.file, file, JSON.stringify(asker));
  });
  assert.deepEqual(counts, { offer: 8, refused: 4 });
});

test('a program that is not there is not offered, and the log says how to get it', () => {
  const has = (file: string) => file !== 'snponly-arm64.efi';
  const { said, broadcast, events, counts } = trial({ has });
  broadcast({ arch: 11 });
  broadcast({ arch: 19, vendorClass: 'HTTPClient' }, { xid: 2 });
  assert.deepEqual([said, counts], [[], { refused: 2 }]);
  const reason = 'tftp/snponly-arm64.efi is missing: run ./homepbp fetch, then build';
  assert.deepEqual(
    events.map(({ fields }) => fields?.reason),
    [reason, reason],
  );
  broadcast({ arch: 11, isIpxe: true }, { xid: 3 });
  assert.equal(said[0]?.packet.file, 'boot.ipxe');
});

test("HTTP boot: Genesis is the next server, and a NUL follows the URL's option", () => {
  const { said, broadcast } = trial();
  broadcast({ arch: 16, vendorClass: 'HTTPClient' });
  const offer = said[0]?.packet;
  assert.ok(offer);
  const url = `http://${SERVER}:8080/tftp/snponly.efi`;
  assert.deepEqual([offer.siaddr, offer.file], [SERVER, url]);
  const option = Buffer.concat([
    Buffer.of(67, url.length),
    Buffer.from(`${url}\0`),
    Buffer.of(255),
  ]);
  assert.ok(Buffer.from(encodePacket(offer)).includes(option));
});

test('an offer to a BIOS: no address, its own class and uuid, the boot file at once', () => {
  const { said, broadcast } = trial();
  broadcast({ arch: 0 });
  const offer = said[0]?.packet;
  assert.ok(offer);
  const { op, xid, flags, yiaddr, ciaddr, siaddr, giaddr } = offer;
  assert.deepEqual(
    { op, xid, flags, yiaddr, ciaddr, siaddr, giaddr },
    {
      ...{ op: 'reply', xid: 1, flags: 0x8000, yiaddr: '0.0.0.0', ciaddr: '0.0.0.0' },
      ...{ siaddr: SERVER, giaddr: '0.0.0.0' },
    },
  );
  assert.deepEqual([...offer.options.keys()], [53, 54, 60, 97, 43]);
  assert.equal(hex(offer, 53), '02');
  assert.equal(hex(offer, 54), '0a000001');
  assert.equal(hex(offer, 60), Buffer.from('PXEClient').toString('hex'));
  assert.equal(hex(offer, 97), `00${'09'.repeat(16)}`);
  assert.equal(hex(offer, 43), '060108ff');
});

test('an offer to UEFI has no option 43, so that it asks at port 4011; iPXE has no need to', () => {
  const { said, broadcast } = trial();
  broadcast({ arch: 7 });
  broadcast({ arch: 7, isIpxe: true }, { xid: 2 });
  assert.deepEqual(
    said.map(({ packet }) => hex(packet, 43)),
    [undefined, '060108ff'],
  );
});

test('HTTP boot: the URL in option 67 too, HTTPClient echoed; refused where HTTP is not served', () => {
  const http = { arch: 16, vendorClass: 'HTTPClient' } as const;
  const { said, broadcast } = trial({ httpPort: 80 });
  broadcast(http);
  const url = Buffer.from(`http://${SERVER}:80/tftp/snponly.efi`).toString('hex');
  assert.equal(hex(said[0]?.packet, 67), url);
  assert.equal(hex(said[0]?.packet, 60), Buffer.from('HTTPClient').toString('hex'));
  assert.equal(hex(said[0]?.packet, 43), undefined);

  const without = trial({ httpPort: null });
  without.broadcast(http);
  assert.deepEqual(without.said, []);
  assert.match(String(without.events[0]?.fields?.reason), /HTTP is not served/);
});

test('an acknowledgement at port 4011: the address of the client, the boot item it chose', () => {
  const { said, ask } = trial();
  const question = pxeQuestion(
    { ...ASKER, arch: 7 },
    { type: 'request', xid: 3, ciaddr: '10.0.0.50', serverId: SERVER },
  );
  const chosen = Uint8Array.of(71, 4, 0x80, 0, 0, 0, 255);
  const options = new Map([...question.options, [OPTION.vendorSpecific, chosen]]);
  ask(encodePacket({ ...question, options }));
  const { packet, from } = said[0] ?? {};
  assert.equal(from, `${SERVER}:4011`);
  assert.deepEqual(
    [packet?.file, packet?.ciaddr, packet?.siaddr],
    ['snponly.efi', '10.0.0.50', SERVER],
  );
  assert.equal(hex(packet, 53), '05');
  const echoed = decodeOptions(packet?.options.get(43) ?? new Uint8Array());
  assert.deepEqual([...(echoed ?? [])], [[71, Uint8Array.of(0x80, 0, 0, 0)]]);
});

test('each network hears its own server; a request to one of them only that one', () => {
  const networks = [SERVER, '192.168.1.1'];
  const { said, broadcast } = trial({ networks });
  const heard = () => said.splice(0).map(({ from, packet }) => `${from} ${packet.siaddr}`);
  broadcast({});
  assert.deepEqual(heard(), ['10.0.0.1:67 10.0.0.1', '192.168.1.1:67 192.168.1.1']);
  broadcast({}, { type: 'request', serverId: '192.168.1.1' });
  assert.deepEqual(heard(), ['192.168.1.1:67 192.168.1.1']);
});

test('doctor gets its answer, but its made-up address is no machine', () => {
  const { said, broadcast, events, clients } = trial();
  broadcast({ uuid: Buffer.from(DOCTOR_UUID, 'hex') });
  assert.equal(said.length, 1);
  assert.deepEqual(clients, []);
  assert.doesNotMatch(JSON.stringify(events), /52:54/);
  broadcast({}, { xid: 2 });
  assert.deepEqual(clients, ['52:54:00:00:00:01']);
});

test('one answer to one question: the second card hears the same broadcast, a retry comes later', () => {
  const { said, broadcast, counts, time } = trial();
  broadcast({});
  broadcast({});
  assert.equal(said.length, 1);
  time.now += 1000;
  broadcast({});
  broadcast({}, { xid: 2 });
  assert.equal(said.length, 3);
  assert.equal(counts.duplicate, 1);
});

test('a client that never stops asking, and a flood of forged ones', () => {
  const { said, broadcast, counts, events, time } = trial();
  for (let xid = 1; xid <= 100; xid += 1) broadcast({}, { xid });
  assert.equal(said.length, 12);
  assert.equal(counts['over the rate limit'], 88);
  for (let index = 0; index < 5000; index += 1) {
    broadcast({ mac: Uint8Array.of(2, 0, 0, 1, index >> 8, index & 255) });
  }
  assert.ok(said.length < 900, `${said.length} answers`);
  assert.ok(events.length <= 40, `${events.length} lines`);
  // Four seconds later everyone is served again.
  time.now += 4000;
  const before = said.length;
  broadcast({}, { xid: 1000 });
  assert.equal(said.length, before + 1);
});

test('a reply at port 4011 is never longer than its request: useless for reflection', () => {
  const { said, ask, counts } = trial();
  const question = pxeQuestion(ASKER, { type: 'request', xid: 3, ciaddr: '10.0.0.50' });
  const options = new Map([
    [OPTION.messageType, Uint8Array.of(3)],
    [OPTION.vendorClass, Buffer.from('PXEClient')],
    [OPTION.clientArch, Uint8Array.of(0, 0)],
  ]);
  const padded = encodePacket({ ...question, options });
  ask(padded.subarray(0, 299));
  assert.deepEqual([said.length, counts['reply longer than the request']], [0, 1]);
  ask(encodePacket({ ...question, options, xid: 4 }));
  assert.equal(said.length, 1);
});

test('the log says who and what; names from the network reach it as fields only', () => {
  const { broadcast, events } = trial();
  broadcast({ arch: 7 });
  broadcast({ arch: 6 }, { xid: 2 });
  assert.deepEqual(events, [
    {
      area: 'dhcp',
      event: 'offer',
      fields: { client: '52:54:00:00:00:01', says: 'PXEClient 7', file: 'snponly.efi' },
    },
    {
      area: 'dhcp',
      event: 'refused',
      fields: {
        client: '52:54:00:00:00:01',
        says: 'PXEClient 6',
        reason: '32-bit UEFI: Ubuntu has no kernel for it',
      },
    },
  ]);
});

test('a machine that does not say its architecture is named by its class alone', () => {
  const { responder, events } = trial();
  const question = pxeQuestion(ASKER, { type: 'discover', xid: 1 });
  const options = new Map(question.options);
  options.delete(OPTION.clientArch);
  options.set(OPTION.vendorClass, Buffer.from('PXEClient'));
  responder.atDhcpPort(encodePacket({ ...question, options }));
  const { says, reason } = events[0]?.fields ?? {};
  assert.deepEqual([says, reason], ['PXEClient', 'it does not send its architecture (option 93)']);
});

test('hostile datagrams at both ports: nothing throws, and a good client is served after them', () => {
  const { responder, ask, said, broadcast, time } = trial();
  const good = encodePacket(pxeQuestion(ASKER, { type: 'request', xid: 1, ciaddr: '10.0.0.5' }));
  const change = fc.tuple(fc.nat(good.length - 1), fc.nat(255));
  const bent = fc.array(change, { minLength: 1, maxLength: 12 }).map((changes) => {
    const bytes = Uint8Array.from(good);
    for (const [at, value] of changes) bytes[at] = value;
    return bytes;
  });
  const cut = fc.nat(good.length).map((length) => good.subarray(0, length));
  const random = fc.uint8Array({ maxLength: 1500 });
  fc.assert(
    fc.property(fc.oneof(bent, cut, random), (bytes) => {
      responder.atDhcpPort(bytes);
      ask(bytes);
      for (const { packet } of said.splice(0)) {
        assert.deepEqual([packet.op, packet.yiaddr, packet.siaddr], ['reply', '0.0.0.0', SERVER]);
      }
    }),
    { numRuns: 3000 },
  );
  time.now += 10_000;
  broadcast({ mac: Uint8Array.of(2, 2, 2, 2, 2, 2) }, { xid: 77 });
  assert.equal(said[0]?.packet.xid, 77);
});
