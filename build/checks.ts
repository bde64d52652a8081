// What the schema cannot see: rules that cross fields and nodes. Works on partial documents too,
// so that a wrong field does not hide the faults of the others.
import { macWithColons, parseMac } from '../contract/mac.ts';
import type { Path } from './inventory.ts';
import type { InventoryDocument, NodeEntry } from './schema.ts';
import { contains, parseCidr } from './subnet.ts';

export interface Finding {
  readonly path: Path;
  /** Points at the key instead of its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly hint?: string;
}

type Entry = Partial<NodeEntry>;
type Document = Omit<Partial<InventoryDocument>, 'nodes'> & { readonly nodes?: readonly Entry[] };

/** All findings of a document, in no particular order. */
export function checkInventory(document: Document): {
  readonly faults: readonly Finding[];
  readonly warnings: readonly Finding[];
} {
  const nodes = document.nodes ?? [];
  return {
    faults: [
      ...checkOs(document),
      ...duplicates(nodes, 'name', namesOf),
      ...duplicates(nodes, 'mac', macsOf),
      ...duplicates(nodes, 'ip', addressesOf),
      ...nodes.flatMap((node, index) => checkNode(node, index, document)),
    ],
    warnings: [],
  };
}

function checkOs({ os, nodes, defaults }: Document): Finding[] {
  if (os?.custom === undefined) return [];
  const findings: Finding[] = [];
  if (os.release !== undefined) {
    findings.push({
      path: ['os', 'custom'],
      key: true,
      message: "'release' and 'custom' exclude each other",
      hint: 'remove one of them',
    });
  }
  const arches = new Set((nodes ?? []).map((node) => node.arch ?? defaults?.arch ?? 'amd64'));
  if (arches.size > 1) {
    findings.push({
      path: ['os', 'custom'],
      key: true,
      message: `one kernel cannot serve ${[...arches].join(' and ')} nodes`,
      hint: 'split the nodes into two inventories',
    });
  }
  return findings;
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
  if (node.mac === undefined) return [];
  const path: Path = ['nodes', index, 'mac'];
  const list = Array.isArray(node.mac)
    ? node.mac.map((text, at) => ({ text, path: [...path, at] }))
    : [{ text: node.mac, path }];
  return list.flatMap(({ text, path: at }) => {
    const mac = parseMac(text);
    return mac === null ? [] : [{ value: macWithColons(mac), path: at }];
  });
}

function addressesOf(node: Entry, index: number): Claim[] {
  const address = node.ip === undefined ? undefined : parseCidr(node.ip)?.address;
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
          message: `the ${what} ${value} stands twice`,
          hint: `${owner} has it already`,
        });
    }
  }
  return findings;
}

function checkNode(node: Entry, index: number, document: Document): Finding[] {
  const { defaults, genesis, network } = document;
  const at = (key: string): Path => ['nodes', index, key];
  const findings: Finding[] = [];
  const disk = node.disk ?? defaults?.disk;
  const role = node.role ?? defaults?.role ?? 'server';
  if (disk === 'none' && role === 'server') {
    const path = at(node.disk === undefined ? 'name' : 'disk');
    findings.push({
      path,
      message: `'disk: none' and 'role: server' exclude each other: a node that forgets its disk must not hold etcd`,
      hint: "write 'role: agent', or give it a disk",
    });
  }
  const subnet = node.ip === undefined ? null : parseCidr(node.ip);
  if (subnet === null) return findings;
  const gateway = node.gateway ?? defaults?.gateway ?? network?.gateway;
  if (gateway !== undefined && !contains(subnet, gateway)) {
    findings.push({
      path: at(node.gateway === undefined ? 'ip' : 'gateway'),
      message: `the gateway ${gateway} is outside the subnet of ${node.ip}`,
      hint: 'mend the address, its prefix length or the gateway',
    });
  }
  if (subnet.address === gateway || subnet.address === genesis?.ip) {
    const owner = subnet.address === gateway ? 'the gateway' : 'Genesis';
    findings.push({
      path: at('ip'),
      message: `${subnet.address} is the address of ${owner}`,
      hint: 'give the node another one',
    });
  }
  return findings;
}
