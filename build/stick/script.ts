// What a boot stick runs: where it looks for Genesis, and the address that it takes instead of asking DHCP.
import { isIPv4 } from 'node:net';
import { ABSENT_SCRIPT } from '../../contract/paths.ts';
import { checkIpxe } from '../ipxe/check.ts';
import { makeRender, type Templates } from '../render.ts';
import type { GenesisPlan } from '../schema/genesis.ts';
import { type Cidr, contains, ipv4ToNumber, parseCidr } from '../subnet.ts';

/** What the machine's user says of its network; null: DHCP. */
export interface StickAddress {
  readonly own: Cidr;
  readonly gateway: string | null;
  readonly dns: string | null;
}

/** The flags as typed. */
export interface AddressFlags {
  readonly address?: string | undefined;
  readonly gateway?: string | undefined;
  readonly dns?: string | undefined;
}

/** The flags' address, or all that is wrong with them. */
export function readAddress(
  flags: AddressFlags,
): { readonly address: StickAddress | null } | { readonly faults: readonly string[] } {
  const faults: string[] = [];
  const own = flags.address === undefined ? null : parseCidr(flags.address);
  if (flags.address !== undefined && (own === null || !isHost(own)))
    faults.push(
      `--address takes a machine's address such as 192.168.1.50/24, not '${flags.address}'`,
    );
  for (const name of ['gateway', 'dns'] as const) {
    const value = flags[name];
    if (value === undefined) continue;
    if (flags.address === undefined) faults.push(`--${name} needs --address`);
    if (!isIPv4(value)) faults.push(`--${name} takes an IPv4 address, not '${value}'`);
    else if (name === 'gateway' && own !== null && !isNeighbour(own, value))
      faults.push(`--gateway ${value} is not in the network of ${flags.address}`);
  }
  if (faults.length > 0) return { faults };
  const { gateway = null, dns = null } = flags;
  return { address: own === null ? null : { own, gateway, dns } };
}

/** Whether an address with its prefix is one of a machine, not the network's or for all. */
function isHost({ address, prefix, first, last }: Cidr): boolean {
  const number = ipv4ToNumber(address);
  return prefix > 30 || (number !== first && number !== last);
}

function isNeighbour(own: Cidr, gateway: string): boolean {
  return contains(own, gateway) && gateway !== own.address;
}

/**
 * Where the stick looks for Genesis: the URL given, that of nodes.yaml, its address; without any, where DHCP
 * points. A router's DHCP often names itself there, so an address in nodes.yaml goes first.
 */
export function stickGenesis(genesis: GenesisPlan, url: string | undefined): GenesisPlan {
  const { ip, httpPort } = genesis;
  const known = url ?? genesis.url ?? (ip === null ? null : `http://${ip}:${httpPort}`);
  return { ...genesis, url: known?.replace(/\/+$/, '') ?? null };
}

/**
 * The stick's script.
 * @throws {Error} when iPXE could not run it: a template's error, not the user's
 */
export function stickScript(
  templates: Templates,
  genesis: GenesisPlan,
  address: StickAddress | null,
): string {
  const view = {
    genesis,
    absent: ABSENT_SCRIPT,
    address: address === null ? null : words(address),
  };
  const script = makeRender(templates)('stick/autoexec.ipxe.eta', view);
  const faults = checkIpxe(script);
  if (faults.length > 0)
    throw new Error(`the stick's script is invalid:\n  ${faults.join('\n  ')}`);
  return script;
}

function words({ own, gateway, dns }: StickAddress) {
  const { address, prefix } = own;
  const netmask = [24, 16, 8, 0].map((shift) => (mask(prefix) >>> shift) & 0xff).join('.');
  const word = `${address}/${prefix},${gateway ?? ''},${dns ?? ''}`;
  return { ip: address, netmask, gateway, dns, word };
}

/** @param prefix 1 to 32 */
function mask(prefix: number): number {
  return (0xffffffff << (32 - prefix)) >>> 0;
}
