// Genesis' address and name, as the nodes see them.
import { isIPv4 } from 'node:net';
import { endOf } from '../host-address.ts';
import { hasShortName, hostOf } from '../schema/genesis.ts';
import { type Place, placesOf } from './addresses.ts';
import type { Document, Finding } from './finding.ts';

/** Nodes with a fixed address must be able to reach Genesis, and to find it by its name. */
export function checkGenesis(document: Document): Finding[] {
  const places = stayingOf(document);
  return [...checkEnds(places, document), ...checkName(places, document)];
}

/** Genesis may be in another subnet than the nodes, but at neither end of theirs. */
function checkEnds(places: readonly Place[], { genesis }: Document): Finding[] {
  const addresses = { ip: genesis.ip ?? '', url: hostOf(genesis) };
  return Object.entries(addresses).flatMap(([key, address]) => {
    if (!isIPv4(address)) return [];
    const end = places.map(({ subnet }) => endOf(subnet, address)).find((words) => words !== null);
    if (end === undefined) return [];
    const hint = 'use the address of the machine that serves dist/';
    return [{ path: ['genesis', key], message: `${address} ${end}`, hint }];
  });
}

/** DHCP servers hand out a domain; a node with a fixed address knows only the one in nodes.yaml. */
function checkName(places: readonly Place[], { genesis, network }: Document): Finding[] {
  const [first] = places;
  if (first === undefined || network.domain !== null || !hasShortName(genesis)) return [];
  const name = hostOf(genesis);
  const message = `'${name}' is a name without a domain, which ${first.node.name} cannot resolve: its address is fixed`;
  const hint = `use the full name, such as ${name}.home.arpa, or set network.domain`;
  return [{ path: ['genesis', 'url'], message, hint }];
}

/** Computers announce such names by mDNS, which neither iPXE nor the initramfs knows. */
export function warnOfGenesis({ genesis }: Document): Finding[] {
  const host = hostOf(genesis);
  if (!/\.local\.?$/.test(host)) return [];
  const message = `machines ask only DNS servers for ${host}, and names in .local are rarely known there`;
  const hint = 'use its address, or the name that the router has for it';
  return [{ path: ['genesis', 'url'], message, hint }];
}

/** Nodes with a fixed address know only the router and name servers that nodes.yaml gives them. */
export function warnOfAddresses(document: Document): Finding[] {
  const fixed = stayingOf(document);
  const name = hostOf(document.genesis);
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

/** Removed nodes need nothing any more. */
function stayingOf(document: Document): Place[] {
  return placesOf(document).filter(({ node }) => !node.removed);
}

/** One warning for all nodes, at the first; without their number, so that it stays the same when one is added. */
function warnOf([first]: readonly Place[], what: string, hint: string): Finding[] {
  if (first === undefined) return [];
  const message = `nodes with a fixed address, such as ${first.node.name}, have ${what}`;
  return [{ path: ['nodes', first.index, 'ip'], message, hint }];
}
