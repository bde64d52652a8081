// dist/dhcp/: what to enter in common DHCP servers. People paste these files; no machine reads them.
import { isIPv4 } from 'node:net';
import { BOOT_PROGRAMS, type BootProgram, IPXE_SCRIPT } from '../contract/boot-programs.ts';
import { macWithColons } from '../contract/mac.ts';
import { TFTP_ROOT } from '../contract/paths.ts';
import type { IpxeFile } from './media.ts';
import type { OutputFile } from './output.ts';
import type { Plan } from './plan.ts';
import type { Render } from './render.ts';
import { type GenesisPlan, hostOf } from './schema/genesis.ts';

/** A DHCP server or router, and which machines it can tell what to boot. */
export interface DhcpServer {
  readonly name: string;
  /** In dist/dhcp/; null where it has no such setting. */
  readonly file: string | null;
  readonly machines: string;
}

/** In the order of dist/dhcp/README.txt and docs/router.md. */
export const DHCP_SERVERS: readonly DhcpServer[] = [
  { name: 'dnsmasq, Pi-hole', file: 'dnsmasq.conf', machines: 'all; tested' },
  { name: 'ISC dhcpd', file: 'dhcpd.conf', machines: 'all; tested' },
  { name: 'Kea', file: 'kea-dhcp4.conf', machines: 'all; tested' },
  {
    name: 'OpenWrt',
    file: 'openwrt.sh',
    machines: 'all; tested in dnsmasq, but not on a router',
  },
  { name: 'OPNsense', file: 'opnsense.txt', machines: 'all, with Dnsmasq' },
  { name: 'MikroTik RouterOS 7', file: 'mikrotik.rsc', machines: 'all, perhaps not BIOS' },
  {
    name: 'pfSense',
    file: 'pfsense.txt',
    machines: "UEFI; all with Kea's custom configuration",
  },
  { name: 'UniFi', file: 'unifi.txt', machines: 'UEFI x64' },
  { name: 'Synology DHCP Server', file: 'synology.txt', machines: 'UEFI x64' },
  {
    name: 'dnsmasq beside another DHCP server',
    file: 'dnsmasq-proxy.conf',
    machines: 'all but UEFI HTTP boot; tested',
  },
  {
    name: 'FRITZ!Box, Speedport, most others',
    file: null,
    machines: 'no such setting: use --proxy-dhcp',
  },
];

/** Stands where the address is unknown. dnsmasq, dhcpd and Kea refuse files that still have it. */
export const PLACEHOLDER = '<GENESIS_ADDRESS>';

/** A program, and what a machine is told to load. */
interface Told extends BootProgram {
  /** A name for TFTP, or a URL. */
  readonly file: string;
}

/** What the templates see. */
interface DhcpView {
  /** Where machines find their boot files: an IPv4 address, or the placeholder. */
  readonly address: string;
  readonly isPlaceholder: boolean;
  /** What iPXE loads. */
  readonly script: string;
  readonly programs: readonly Told[];
  /** What the machines of a program's name load; null if it is not there. */
  readonly fileOf: (name: string) => string | null;
  /** What the files are for. */
  readonly servers: readonly DhcpServer[];
  /** What the user should know about this file, a sentence each. */
  readonly remarks: readonly string[];
  /** Fixed addresses of nodes. */
  readonly leases: readonly { readonly name: string; readonly mac: string; readonly ip: string }[];
}

/**
 * The files of dist/dhcp/.
 * @param there the programs in the TFTP root: machines are told of no others
 */
export function dhcpSnippets(
  { genesis, nodes }: Pick<Plan, 'genesis' | 'nodes'>,
  there: Pick<ReadonlySet<IpxeFile>, 'has'>,
  render: Render,
): OutputFile[] {
  const address = addressOf(genesis) ?? PLACEHOLDER;
  const base = genesis.url ?? `http://${address}:${genesis.httpPort}`;
  const fileFor = ({ program, byHttp }: BootProgram) =>
    byHttp ? `${base}/${TFTP_ROOT}/${program}` : program;
  const known = BOOT_PROGRAMS.filter(({ program }) => there.has(program));
  const programs = known.map((one) => ({ ...one, file: fileFor(one) }));
  const view: DhcpView = {
    address,
    isPlaceholder: address === PLACEHOLDER,
    script: IPXE_SCRIPT,
    programs,
    fileOf: (wanted) => programs.find(({ name }) => name === wanted)?.file ?? null,
    servers: DHCP_SERVERS,
    remarks: [...addressRemark(genesis), ...missingRemarks(there)],
    leases: leasesOf(nodes),
  };
  const names = DHCP_SERVERS.flatMap(({ file }) => file ?? []);
  return ['README.txt', ...names].map((name) => {
    const path = `dhcp/${name}`;
    return { path, content: render(`${path}.eta`, view) };
  });
}

/** Null where only a name is known, or nothing. */
function addressOf(genesis: GenesisPlan): string | null {
  const host = hostOf(genesis);
  return genesis.ip ?? (isIPv4(host) ? host : null);
}

function addressRemark(genesis: GenesisPlan): string[] {
  if (addressOf(genesis) !== null) return [];
  const whose =
    genesis.url === null
      ? 'the machine that runs ./homepbp serve'
      : `${hostOf(genesis)}, or of the TFTP server if that is another machine`;
  return [`Replace ${PLACEHOLDER} with the IPv4 address of ${whose}.`];
}

function missingRemarks(there: Pick<ReadonlySet<IpxeFile>, 'has'>): string[] {
  const missing = BOOT_PROGRAMS.filter(({ program }) => !there.has(program));
  const programs = new Set(missing.map(({ program }) => program));
  return [...programs].map((program) => {
    const kinds = missing.filter((one) => one.program === program).map(({ kind }) => kind);
    return `No line for ${kinds.join(' and ')}: ${TFTP_ROOT}/${program} is missing. To get it: ./homepbp fetch, then build.`;
  });
}

function leasesOf(nodes: Plan['nodes']): DhcpView['leases'] {
  return nodes.flatMap(({ name, macs: [mac], network: { address } }) => {
    const ip = address?.split('/')[0];
    return ip === undefined || mac === undefined ? [] : [{ name, mac: macWithColons(mac), ip }];
  });
}
