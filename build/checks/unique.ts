// Names, MAC addresses and IP addresses must be unique.
import { macWithColons } from '../../contract/mac.ts';
import { parseCidr } from '../subnet.ts';
import type { Path } from '../yaml-path.ts';
import type { Document, Entry, Finding } from './finding.ts';

/** A finding for every value that an earlier node already has. */
export function checkUnique({ nodes }: Document): Finding[] {
  return [
    ...duplicates(nodes, 'name', namesOf),
    ...duplicates(nodes, 'mac', macsOf),
    ...duplicates(nodes, 'ip', addressesOf),
  ];
}

/** A value of a node that no two nodes may share, in a comparable form. */
interface Claim {
  readonly value: string;
  readonly path: Path;
}

function namesOf(node: Entry, index: number): Claim[] {
  return node.name === undefined ? [] : [{ value: node.name, path: ['nodes', index, 'name'] }];
}

function macsOf(node: Entry, index: number): Claim[] {
  return node.macs.map((mac, at) => ({
    value: macWithColons(mac),
    path: ['nodes', index, 'mac', at],
  }));
}

function addressesOf(node: Entry, index: number): Claim[] {
  const address = parseCidr(node.ip ?? '')?.address;
  return address === undefined ? [] : [{ value: address, path: ['nodes', index, 'ip'] }];
}

function duplicates(
  nodes: readonly Entry[],
  what: string,
  claimsOf: (node: Entry, index: number) => Claim[],
): Finding[] {
  const owners = new Map<string, string>();
  const findings: Finding[] = [];
  for (const [index, node] of nodes.entries()) {
    for (const { value, path } of claimsOf(node, index)) {
      const owner = owners.get(value);
      if (owner === undefined) owners.set(value, node.name ?? `node number ${index + 1}`);
      else
        findings.push({
          path,
          message: `duplicate ${what} ${value}`,
          hint: `${owner === value ? 'another node' : owner} already has it`,
        });
    }
  }
  return findings;
}
