// What a boot stick runs: where it looks for Genesis, and the address that it takes instead of asking DHCP.
import { isIPv4 } from 'node:net';
import { ABSENT_SCRIPT } from '../../contract/paths.ts';
import { endOf, notAHost, unreachable } from '../host-address.ts';
import { checkIpxe } from '../ipxe/check.ts';
import { makeRender, type Templates } from '../render.ts';
import type { GenesisPlan } from '../schema/genesis.ts';
import { type Cidr, contains, parseCidr } from '../subnet.ts';

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
  const own = parseCidr(flags.address ?? '');
  const faults = [...ownFaults(flags, own), ...neighbourFaults(flags, own)];
  if (faults.length > 0) return { faults };
  const { gateway = null, dns = null } = flags;
  return { address: own === null ? null : { own, gateway, dns } };
}

function ownFaults({ address }: AddressFlags, own: Cidr | null): string[] {
  if (address === undefined) return [];
  const form = `--address takes a machine's address such as 192.168.1.50/24, not '${address}'`;
  if (own === null) return [form];
  const why = unreachable(own.address) ?? endOf(own, own.address);
  return why === null ? [] : [`${form}: ${own.address} ${why}`];
}

function neighbourFaults(flags: AddressFlags, own: Cidr | null): string[] {
  return (['gateway', 'dns'] as const).flatMap((name) => {
    const value = flags[name];
    if (value === undefined) return [];
    const alone = flags.address === undefined ? [`--${name} needs --address`] : [];
    if (!isIPv4(value)) return [...alone, `--${name} takes an IPv4 address, not '${value}'`];
    const why = name === 'gateway' && own !== null ? whyNotARouter(own, value) : notAHost(value);
    return why === null ? alone : [...alone, `--${name} ${value} ${why}`];
  });
}

function whyNotARouter(own: Cidr, gateway: string): string | null {
  if (!contains(own, gateway)) return `is not in the network of ${own.address}/${own.prefix}`;
  return gateway === own.address ? "is the machine's own address" : endOf(own, gateway);
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
