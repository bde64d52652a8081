// Addresses, subnets and gateways.
import { ownPlace } from '../document.ts';
import { endOf, notAHost } from '../host-address.ts';
import { type Cidr, contains, parseCidr } from '../subnet.ts';
import type { Path } from '../yaml-path.ts';
import type { Document, Entry, Finding } from './finding.ts';

/** A node's fixed address and its place. */
export interface Place {
  readonly node: Entry;
  readonly index: number;
  readonly subnet: Cidr;
}

/** Fixed addresses must be host addresses, fit their gateway, and agree with each other. */
export function checkAddresses(document: Document): Finding[] {
  const places = placesOf(document);
  return [
    ...places.flatMap((place) => checkPlace(place, document.genesis.ip)),
    ...checkOverlaps(places),
  ];
}

/** The nodes with a fixed address. */
export function placesOf(document: Document): Place[] {
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
  const unusable = notAHost(subnet.address) ?? endOf(subnet, subnet.address);
  if (unusable !== null) {
    const hint = 'pick an address between the first and the last of its subnet';
    findings.push({ path, message: `${subnet.address} ${unusable}`, hint });
  }
  findings.push(...checkGateway(place));
  const isGateway = subnet.address === gateway;
  // Genesis may take the place of a node that has left.
  if (isGateway || (subnet.address === genesis && !node.removed)) {
    const owner = isGateway ? 'the gateway' : 'Genesis';
    const message = `${subnet.address} is the address of ${owner}`;
    findings.push({ path, message, hint: 'give the node another address' });
  }
  return findings;
}

function checkGateway({ node, index, subnet }: Place): Finding[] {
  const { gateway, ip } = node;
  if (gateway === null) return [];
  const path = ownPlace(node, index, 'gateway', 'ip');
  if (!contains(subnet, gateway)) {
    const message = `the gateway ${gateway} is outside the subnet of ${ip}`;
    return [{ path, message, hint: 'fix the address, its prefix length or the gateway' }];
  }
  const end = endOf(subnet, gateway);
  if (end === null) return [];
  return [{ path, message: `the gateway ${gateway} ${end}`, hint: "use the router's own address" }];
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
