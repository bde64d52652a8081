// Firewalls on this computer that are known by name. Whether one lets machines through can only be
// seen from a machine.
import { createAsker } from '../../shim/guard/ask.ts';
import { type Finding, note, ok } from './finding.ts';

/** UDP ports beside HTTP's: DHCP and its proxy, TFTP. */
const UDP = [67, 69, 4011];

interface Firewall {
  readonly name: string;
  readonly ask: readonly [string, ...string[]];
  readonly active: RegExp;
  readonly allow: (httpPort: number) => string;
}

const FIREWALLS: readonly Firewall[] = [
  {
    name: 'ufw',
    ask: ['ufw', 'status'],
    active: /^Status: active/m,
    allow: (port) =>
      [`${port}/tcp`, ...UDP.map((udp) => `${udp}/udp`)]
        .map((one) => `sudo ufw allow ${one}`)
        .join('; '),
  },
  {
    name: 'firewalld',
    ask: ['firewall-cmd', '--state'],
    active: /^running/m,
    allow: (port) =>
      `sudo firewall-cmd --permanent ${[`${port}/tcp`, ...UDP.map((udp) => `${udp}/udp`)].map((one) => `--add-port=${one}`).join(' ')} && sudo firewall-cmd --reload`,
  },
  {
    name: 'the firewall of macOS',
    ask: ['/usr/libexec/ApplicationFirewall/socketfilterfw', '--getglobalstate'],
    active: /enabled/,
    allow: () => 'System Settings → Network → Firewall: let node take connections',
  },
];

/** @param ask runs a program and gives its output, '' where there is none */
export async function checkFirewall(
  httpPort: number,
  ask: (program: string, args: readonly string[]) => Promise<string> = createAsker(),
): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const {
    name,
    ask: [program, ...args],
    active,
    allow,
  } of FIREWALLS) {
    if (!active.test(await ask(program, args))) continue;
    found.push(
      note(
        `${name} is active on this computer; what it lets in is not seen from here`,
        allow(httpPort),
      ),
    );
  }
  return found.length > 0
    ? found
    : [ok('none of the usual firewalls is active, as far as this user is told')];
}
