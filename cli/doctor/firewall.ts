// The common firewalls, if active on this computer. Whether one lets machines through can only be
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
    name: 'the macOS firewall',
    ask: ['/usr/libexec/ApplicationFirewall/socketfilterfw', '--getglobalstate'],
    active: /enabled/,
    allow: () => 'System Settings → Network → Firewall: allow incoming connections for node',
  },
];

/** @param ask runs a program and returns its output, '' if it cannot run */
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
        `${name} is active on this computer; what it lets through cannot be seen from here`,
        allow(httpPort),
      ),
    );
  }
  return found.length > 0
    ? found
    : [ok('no common firewall is active, as far as this user can see')];
}
