// The DHCP servers that the snippets of dist/dhcp/ are for: each with its snippet, and addresses to give out.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface DhcpPlace {
  /** For its configuration and leases. */
  readonly folder: string;
  readonly card: string;
  /** The first three numbers of a /24; .100 to .199 are given out. */
  readonly network: string;
}

export interface DhcpDaemon {
  readonly name: 'dnsmasq' | 'dhcpd' | 'kea';
  /** Debian's package, and where it puts the program. */
  readonly pkg: string;
  readonly program: string;
  /** In dist/dhcp/. */
  readonly snippet: string;
  /** What it says on standard error once it answers. */
  readonly ready: RegExp;
  /** Writes its configuration around the snippet. @returns the words that start it */
  readonly configure: (snippet: string, place: DhcpPlace) => string[];
}

const DNSMASQ: DhcpDaemon = {
  name: 'dnsmasq',
  pkg: 'dnsmasq-base',
  program: '/usr/sbin/dnsmasq',
  snippet: 'dnsmasq.conf',
  ready: /DHCP, IP range/,
  configure(snippet, { folder, card, network }) {
    return [
      ...dnsmasqWords(write(folder, 'dnsmasq.conf', snippet), card),
      `--dhcp-range=${network}.100,${network}.199,255.255.255.0,10m`,
    ];
  },
};

/** dnsmasq with a file of settings. */
export function dnsmasqWords(conf: string, card: string): string[] {
  return [
    DNSMASQ.program,
    ...DNSMASQ_FLAGS,
    '--leasefile-ro',
    `--interface=${card}`,
    `--conf-file=${conf}`,
  ];
}

/** dnsmasq in the foreground, its DNS off. */
export const DNSMASQ_FLAGS: readonly string[] = [
  ...['--keep-in-foreground', '--user=root', '--pid-file='],
  ...['--log-facility=-', '--log-dhcp', '--port=0', '--no-ping'],
];

const DHCPD: DhcpDaemon = {
  name: 'dhcpd',
  pkg: 'isc-dhcp-server',
  program: '/usr/sbin/dhcpd',
  snippet: 'dhcpd.conf',
  ready: /Server starting service/,
  configure(snippet, { folder, card, network }) {
    const pool = `range ${network}.100 ${network}.199;`;
    const subnet = `subnet ${network}.0 netmask 255.255.255.0 { ${pool} }\n`;
    const own = 'ping-check false;\nauthoritative;\n';
    const conf = write(folder, 'dhcpd.conf', `${own}${snippet}${subnet}`);
    const leases = write(folder, 'dhcpd.leases', '');
    return [this.program, ...['-4', '-f', '-d', '--no-pid', '-cf', conf, '-lf', leases, card]];
  },
};

const KEA: DhcpDaemon = {
  name: 'kea',
  pkg: 'kea-dhcp4-server',
  program: '/usr/sbin/kea-dhcp4',
  snippet: 'kea-dhcp4.conf',
  ready: /DHCP4_STARTED/,
  configure(snippet, { folder, card, network }) {
    const { Dhcp4 } = JSON.parse(snippet.replaceAll(/^\/\/.*$/gm, ''));
    const pools = [{ pool: `${network}.100-${network}.199` }];
    const own = {
      'interfaces-config': { interfaces: [card] },
      'lease-database': { type: 'memfile', persist: false },
      subnet4: [{ subnet: `${network}.0/24`, pools }],
      loggers: [{ name: 'kea-dhcp4', output_options: [{ output: 'stderr' }], severity: 'INFO' }],
    };
    const conf = write(folder, 'kea.conf', JSON.stringify({ Dhcp4: { ...Dhcp4, ...own } }));
    return keaWords(folder, '-c', conf);
  },
};

/** Kea with the folders that it needs, instead of the system's. */
export function keaWords(folder: string, ...words: string[]): string[] {
  return ['env', `KEA_LOCKFILE_DIR=${folder}`, `KEA_PIDFILE_DIR=${folder}`, KEA.program, ...words];
}

export const DHCP_DAEMONS = { dnsmasq: DNSMASQ, dhcpd: DHCPD, kea: KEA } as const;

function write(folder: string, name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
