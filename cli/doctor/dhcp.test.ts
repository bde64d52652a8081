import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OPTION } from '../../dhcp/option-codes.ts';
import { type DhcpPacket, encodeAddress } from '../../dhcp/packet.ts';
import { judgeAddresses, judgeOffers } from './dhcp.ts';

const GENESIS = {
  addresses: ['192.168.1.5'],
  files: [
    'autoexec.ipxe',
    'boot.ipxe',
    'ipxe.efi',
    'snponly-arm64.efi',
    'snponly.efi',
    'undionly.kpxe',
  ],
};
const ROUTER = '192.168.1.1';

function offer(part: Partial<DhcpPacket>, options: Record<number, Uint8Array> = {}): DhcpPacket {
  const none = '0.0.0.0';
  return {
    ...{ kind: 'dhcp', op: 'reply', htype: 1, chaddr: Buffer.alloc(6), hops: 0, xid: 1, secs: 0 },
    ...{ flags: 0, ciaddr: none, yiaddr: none, siaddr: none, giaddr: none, sname: '', file: '' },
    options: new Map([
      [OPTION.serverId, encodeAddress(ROUTER)],
      ...Object.entries(options).map(([code, value]) => [Number(code), value] as const),
    ]),
    ...part,
  };
}

const judge = (...offers: DhcpPacket[]) => judgeOffers('BIOS', offers, GENESIS);
const states = (...offers: DhcpPacket[]) => judge(...offers).map(({ state }) => state);

test('a boot file of Genesis, in the header or as options, with or without a slash', () => {
  const good = [
    offer({ siaddr: '192.168.1.5', file: 'undionly.kpxe' }),
    offer({ siaddr: '192.168.1.5', file: '/undionly.kpxe' }),
    offer(
      {},
      {
        [OPTION.tftpServerName]: Buffer.from('192.168.1.5\0'),
        [OPTION.bootFile]: Buffer.from('undionly.kpxe'),
      },
    ),
    offer({ file: 'undionly.kpxe' }, { [OPTION.serverId]: encodeAddress('192.168.1.5') }),
  ];
  for (const one of good) assert.deepEqual(states(one), ['ok']);
  assert.match(
    judge(good[0] as DhcpPacket)[0]?.what ?? '',
    /told by 192\.168\.1\.1 to load undionly\.kpxe from 192\.168\.1\.5$/,
  );
});

test('no server names a boot file', () => {
  for (const offers of [[], [offer({ yiaddr: '192.168.1.77' })]]) {
    const [finding] = judge(...offers);
    assert.equal(finding?.state, 'fault');
    assert.match(finding?.what ?? '', /no DHCP server tells BIOS machines/);
    assert.match(finding?.fix ?? '', /--proxy-dhcp/);
  }
});

test('no server names a boot file, and there is none to name', () => {
  const without = { ...GENESIS, files: ['boot.ipxe', 'snponly.efi'] };
  const [bios] = judgeOffers('BIOS', [], without);
  assert.equal(bios?.fix, 'run ./homepbp fetch, then build: tftp/undionly.kpxe is missing');
  assert.match(judgeOffers('UEFI', [], without)[0]?.fix ?? '', /--proxy-dhcp/);
});

test('another next-server, or a file that is not there', () => {
  const [elsewhere] = judge(offer({ siaddr: ROUTER, file: 'undionly.kpxe' }));
  assert.equal(elsewhere?.state, 'fault');
  assert.match(elsewhere?.what ?? '', /from 192\.168\.1\.1, which is not Genesis/);
  assert.match(elsewhere?.fix ?? '', /192\.168\.1\.5/);
  const [absent] = judge(offer({ siaddr: '192.168.1.5', file: 'pxelinux.0' }));
  assert.equal(absent?.state, 'fault');
  assert.match(absent?.what ?? '', /pxelinux\.0 from 192\.168\.1\.5, but that is no file there$/);
  assert.equal(absent?.fix, 'name undionly.kpxe');
});

test('a file that is there, but nothing that this firmware can run', () => {
  for (const [kind, files, fix] of [
    ['BIOS', ['snponly.efi', 'boot.ipxe', 'autoexec.ipxe'], 'name undionly.kpxe'],
    ['UEFI', ['undionly.kpxe', 'boot.ipxe', 'snponly-arm64.efi'], 'name ipxe.efi or snponly.efi'],
  ] as const) {
    for (const file of files) {
      const [found] = judgeOffers(kind, [offer({ siaddr: '192.168.1.5', file })], GENESIS);
      assert.equal(found?.state, 'fault', file);
      assert.match(found?.what ?? '', new RegExp(`, but that is no program for ${kind}$`));
      assert.equal(found?.fix, fix);
    }
  }
  const uefi = judgeOffers('UEFI', [offer({ siaddr: '192.168.1.5', file: 'ipxe.efi' })], GENESIS);
  assert.equal(uefi[0]?.state, 'ok');
});

test('two different answers are both reported, and that they differ; duplicates count once', () => {
  const one = offer({ siaddr: '192.168.1.5', file: 'undionly.kpxe' });
  assert.deepEqual(states(one, one), ['ok']);
  assert.deepEqual(states(one, offer({ siaddr: ROUTER, file: 'x' })), ['ok', 'fault', 'note']);
});

test('whether machines get an address', () => {
  assert.equal(judgeAddresses([offer({ yiaddr: '192.168.1.77' })], '192.168.1.5').state, 'ok');
  const none = judgeAddresses([offer({ file: 'x' })], '192.168.1.5');
  assert.deepEqual(none.state, 'fault');
  assert.match(none.what, /asked from 192\.168\.1\.5/);
});
