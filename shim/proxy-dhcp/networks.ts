// On which networks to make offers, and from which of our addresses.
import { isIPv4 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

type Interfaces = NodeJS.Dict<
  readonly Pick<NetworkInterfaceInfo, 'address' | 'netmask' | 'mac' | 'internal'>[]
>;

export interface Networks {
  /** One address per network: a machine that got two offers from us might ask both. */
  readonly offering: readonly string[];
  /** All IPv4 addresses: a DHCP server on this computer may redirect machines to port 4011 of any. */
  readonly answering: readonly string[];
}

const NO_MAC = '00:00:00:00:00:00';
/** A tunnel's network, which has no broadcasts. */
const POINT_TO_POINT = '255.255.255.255';

/**
 * The first address of each card, but of only one card per network.
 * @param addresses those that the shim serves on; loopback ones count only if there are no others
 */
export function chooseNetworks(addresses: readonly string[], interfaces: Interfaces): Networks {
  const mine = Object.entries(interfaces)
    .flatMap(([card, infos]) => (infos ?? []).map((info) => ({ card, ...info })))
    .filter(({ address }) => isIPv4(address) && addresses.includes(address))
    .toSorted((a, b) => addresses.indexOf(a.address) - addresses.indexOf(b.address));
  const external = mine.filter(({ internal }) => !internal);
  const usable = external.length > 0 ? external : mine;
  const taken = new Set<string>();
  const offering = usable.filter(({ card, address, netmask, mac, internal }) => {
    if (!internal && (netmask === POINT_TO_POINT || mac === NO_MAC)) return false;
    const network = networkOf(address, netmask);
    if (taken.has(card) || taken.has(network)) return false;
    taken.add(card).add(network);
    return true;
  });
  const addressesOf = (list: typeof mine) => list.map(({ address }) => address);
  return { offering: addressesOf(offering), answering: addressesOf(usable) };
}

function networkOf(address: string, netmask: string): string {
  const mask = netmask.split('.').map(Number);
  const parts = address.split('.').map((part, index) => Number(part) & (mask[index] ?? 0));
  return `${parts.join('.')}/${netmask}`;
}
