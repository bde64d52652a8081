// Addresses, subnets and gateways.
import { isIPv4 } from 'node:net';
import { ownPlace } from '../document.ts';
import { hasShortName } from '../schema/genesis.ts';
import { type Cidr, contains, ipv4ToNumber, parseCidr } from '../subnet.ts';
import type { Path } from '../yaml-path.ts';
import type { Document, Entry, Finding } from './finding.ts';

/** A node's fixed address and its place. */
interface Place {
  readonly node: Entry;
  readonly index: number;
  readonly subnet: Cidr;
}

/** Fixed addresses must be host addresses, fit their gateway, and agree with each other. */
export function checkAddresses(document: Document): Finding[] {
  const places = placesOf(document);
  return [
    ...places.flatMap((place) => checkPlace(place, document.genesis.ip)),
    ...checkGenesis(places, document),
    ...checkGenesisName(places, document),
    ...checkOverlaps(places),
  ];
}

/** Nodes with a fixed address know only the router and name servers that nodes.yaml gives them. */
export function warnOfAddresses(document: Document): Finding[] {
  const { genesis } = document;
  const fixed = placesOf(document).filter(({ node }) => !node.removed);
  const name = genesis.url === null ? '' : new URL(genesis.url).hostname;
  const isName = name !== '' && !isIPv4(name);
  const nameless = isName ? `${name}, where their k3s is` : 'the registries of their images';
  return [
    ...warnOf(
      fixed.filter(({ node }) => node.gateway === null),
      'no gateway: they reach nothing outside their own network',
      'set network.gateway, unless there is no router',
    ),
    ...warnOf(
      fixed.filter(({ node }) => node.dns.length === 0),
      `no DNS server: they do not find ${nameless}`,
      'set network.dns, such as to the address of the router',
    ),
  ];
}

/** One warning for all nodes, at the first; without their number, so that it stays the same when one is added. */
function warnOf([first]: readonly Place[], what: string, hint: string): Finding[] {
  if (first === undefined) return [];
  const message = `nodes with a fixed address, such as ${first.node.name}, have ${what}`;
  return [{ path: ['nodes', first.index, 'ip'], message, hint }];
}

function placesOf(document: Document): Place[] {
  return document.nodes.flatMap((node, index) => {
    const subnet = node.ip === null ? null : parseCidr(node.ip);
    return subnet === null ? [] : [{ node, index, subnet }];
  });
}

function checkPlace(place: Place, genesis: string | null): Finding[] {
  const { node, index, subnet } = place;
  const { gateway } = node;
  const path: Path = ['nodes', index, 'ip'];
  const findings: Finding[] = [];
  const unusable = unusableAddress(subnet);
  if (unusable !== null) {
    const hint = 'pick an address between the first and the last of its subnet';
    findings.push({ path, message: `${subnet.address} ${unusable}`, hint });
  }
  if (gateway !== null && !contains(subnet, gateway)) {
    const message = `the gateway ${gateway} is outside the subnet of ${node.ip}`;
    const hint = 'fix the address, its prefix length or the gateway';
    findings.push({ path: ownPlace(node, index, 'gateway', 'ip'), message, hint });
  }
  const whole = gateway === null ? null : endOf(subnet, gateway);
  if (whole !== null) {
    const message = `the gateway ${gateway} ${whole}`;
    const hint = "use the router's own address";
    findings.push({ path: ownPlace(node, index, 'gateway', 'ip'), message, hint });
  }
  if (subnet.address === gateway || subnet.address === genesis) {
    const owner = subnet.address === gateway ? 'the gateway' : 'Genesis';
    const message = `${subnet.address} is the address of ${owner}`;
    findings.push({ path, message, hint: 'give the node another address' });
  }
  return findings;
}

/** DHCP servers hand out a domain; a node with a fixed address knows only the one in nodes.yaml. */
function checkGenesisName(places: readonly Place[], { genesis, network }: Document): Finding[] {
  const [first] = places;
  if (first === undefined || network.domain !== null || !hasShortName(genesis)) return [];
  const name = new URL(genesis.url ?? '').hostname;
  const message = `'${name}' is a name without a domain, which ${first.node.name} cannot resolve: its address is fixed`;
  const hint = `use the full name, such as ${name}.home.arpa, or set network.domain`;
  return [{ path: ['genesis', 'url'], message, hint }];
}

/** Why no host can have the address; null when one can. */
function unusableAddress(subnet: Cidr): string | null {
  const { address } = subnet;
  if (/^(0|127|22[4-9]|2[34]\d|25[0-5])\./.test(address)) return 'is not a host address';
  return endOf(subnet, address);
}

/** Which end of the subnet, and so no host's, the address is; null when it is neither. */
function endOf({ prefix, first, last }: Cidr, address: string): string | null {
  const number = ipv4ToNumber(address);
  if (prefix >= 31) return null; // RFC 3021: both ends of a /31 are hosts.
  if (number === first) return `is the network address of its subnet (/${prefix})`;
  return number === last ? `is the broadcast address of its subnet (/${prefix})` : null;
}

/** Genesis may be in another subnet than the nodes, but at neither end of theirs. */
function checkGenesis(places: readonly Place[], { genesis }: Document): Finding[] {
  const { ip, url } = genesis;
  const address = ip ?? (url === null ? '' : new URL(url).hostname);
  if (!isIPv4(address)) return [];
  const end = places.map(({ subnet }) => endOf(subnet, address)).find((words) => words !== null);
  if (end === undefined) return [];
  const path: Path = ['genesis', ip === null ? 'url' : 'ip'];
  const hint = 'use the address of the machine that serves dist/';
  return [{ path, message: `${address} ${end}`, hint }];
}

/** Nodes whose subnets overlap but differ can reach each other one way only. */
function checkOverlaps(places: readonly Place[]): Finding[] {
  const findings: Finding[] = [];
  // Sorted by their first address, a subnet overlaps an earlier one if it starts inside the widest.
  const sorted = [...places].sort((a, b) => a.subnet.first - b.subnet.first || a.index - b.index);
  let widest: Place | undefined;
  for (const place of sorted) {
    if (widest !== undefined && place.subnet.first <= widest.subnet.last) {
      if (place.subnet.prefix !== widest.subnet.prefix) findings.push(overlap(place, widest));
    }
    if (widest === undefined || place.subnet.last > widest.subnet.last) widest = place;
  }
  return findings;
}

function overlap(one: Place, two: Place): Finding {
  const [earlier, later] = one.index < two.index ? [one, two] : [two, one];
  return {
    path: ['nodes', later.index, 'ip'],
    message: `the subnet of ${later.node.ip} overlaps that of ${earlier.node.ip} but is not the same`,
    hint: 'use the same prefix length for all nodes of one network',
  };
}
