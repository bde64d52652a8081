// tftp/autoexec.ipxe, as iPXE of each generation runs it on UEFI.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type IpxeWalk, walkIpxe } from '../explain/ipxe.ts';

const TREE = join(import.meta.dirname, '../goldens/one-node-defaults/want');
const START = 'tftp://10.0.0.1/autoexec.ipxe';
const SCRIPT = 'http://10.0.0.1:8080/nodes/52-54-00-12-34-01/boot.ipxe';
const LEASE = { 'next-server': '10.0.0.1' };

const FILES: Readonly<Record<string, string>> = {
  [START]: readFileSync(join(TREE, 'tftp/autoexec.ipxe'), 'utf8'),
  'http://10.0.0.1:8080/boot.ipxe': readFileSync(join(TREE, 'boot.ipxe'), 'utf8'),
  [SCRIPT]: '#!ipxe\necho the script of this card\nexit 1\n',
};

/** A card that the firmware has an address for, or none. */
function card(name: string, mac: string, ip?: string): Record<string, string> {
  const own = { [`${name}/mac`]: mac, [`${name}/mac:hexhyp`]: mac.replaceAll(':', '-') };
  return ip === undefined ? own : { ...own, [`${name}/ip`]: ip };
}

const OTHER = card('net0', '52:54:00:00:00:00');
const RIGHT = '52:54:00:12:34:01';

function run(settings: Readonly<Record<string, string>>, silences = 0): IpxeWalk {
  return walkIpxe(START, {
    settings: { platform: 'efi', ...settings },
    lease: LEASE,
    silences,
    get: (url) => FILES[url] ?? null,
  });
}

const asked = ({ fetches }: IpxeWalk) => fetches.filter(({ command }) => command === 'dhcp').length;
const reached = ({ fetches }: IpxeWalk) => fetches.some(({ url }) => url === SCRIPT);

describe('with the lease of the firmware', () => {
  const machines: [string, Record<string, string>][] = [
    ['its card open (March 2026 on)', { ...card('netX', RIGHT), ...LEASE }],
    ['its only card closed (2022 on)', { ...card('net0', RIGHT, '10.0.0.9'), ...LEASE }],
    ['its card the third, closed', { ...OTHER, ...card('net2', RIGHT, '10.0.0.9'), ...LEASE }],
    ['its card the tenth, closed', { ...OTHER, ...card('net9', RIGHT, '10.0.0.9'), ...LEASE }],
  ];
  for (const [name, settings] of machines) {
    test(`${name}: DHCP is not asked again`, () => {
      const walk = run(settings);
      assert.ok(reached(walk), walk.console.join('\n'));
      assert.equal(asked(walk), 0);
    });
  }

  test('for a card that iPXE does not have: DHCP is asked', () => {
    const walk = run({ ...card('net0', RIGHT), ...LEASE });
    assert.ok(reached(walk), walk.console.join('\n'));
    assert.equal(asked(walk), 1);
  });
});

describe('without a lease', () => {
  for (const [silences, says] of [0, 1, 3].map(
    (count) => [count, `(attempt ${count} of 4)`] as const,
  )) {
    test(`DHCP answers after ${silences} attempts without`, () => {
      const walk = run(card('net0', RIGHT), silences);
      assert.ok(reached(walk), walk.console.join('\n'));
      assert.equal(walk.console.join('\n').includes(says), silences > 0);
    });
  }

  test('DHCP never answers: boots from disk after more than a minute', () => {
    const { end, seconds, fetches } = run(card('net0', RIGHT), 99);
    assert.deepEqual(end, { kind: 'exit', status: 1 });
    assert.equal(fetches.length, 5, 'the script itself, and four times DHCP');
    assert.ok(seconds > 60 && seconds < 90, String(seconds));
  });
});
