// The finished inventory, for everything after the schema: `defaults:`, `network:` and `ssh:` are
// merged into the nodes, so nothing is left to fill in.
import type { z } from 'zod';
import type { Arch, BootMode, Role } from '../contract/inventory.ts';
import { SETTINGS, type Setting } from './schema/node.ts';
import type { InventorySchema } from './schema.ts';
import type { Path } from './yaml-path.ts';

type Written = z.output<InventorySchema>;
type WrittenNode = Written['nodes'][number];

/** A node with its own and shared settings; its keys are those of nodes.yaml. */
export interface NodeEntry<Name = string> {
  readonly name: Name;
  /** Canonical, the first one first. */
  readonly macs: readonly string[];
  /** With its prefix length; null for DHCP. */
  readonly ip: string | null;
  readonly known_servers: readonly string[];
  readonly wipe: string | null;
  readonly removed: boolean;
  readonly arch: Arch;
  readonly role: Role;
  readonly boot: BootMode;
  readonly disk: string;
  readonly gateway: string | null;
  readonly dns: readonly string[];
  readonly ssh_keys: 'auto' | readonly string[];
  readonly kernel_args: readonly string[];
  readonly timezone: string | null;
  readonly locale: string | null;
  readonly ntp: readonly string[];
  readonly extra_user_data: string | null;
  /** Where the value of each setting is in nodes.yaml, or would be. */
  readonly places: Readonly<Record<Setting, Path>>;
}

type Sections = Readonly<Pick<Written, 'genesis' | 'os' | 'network' | 'cluster'>>;

/** @typeParam Name also undefined while the file may be invalid */
export interface InventoryDocument<Name = string> extends Sections {
  readonly nodes: readonly NodeEntry<Name>[];
}

/** The output of the schema; in an invalid file, nodes may lack required keys. */
export type Parsed<Name> = Omit<Written, 'nodes'> & {
  readonly nodes: readonly (Omit<WrittenNode, 'name' | 'mac'> & {
    readonly name: Name;
    readonly mac?: readonly string[];
  })[];
};

/** Merges shared settings into the nodes; no other place does. */
export function finish<Name>(parsed: Parsed<Name>): InventoryDocument<Name> {
  const { nodes, defaults, ssh, ...sections } = parsed;
  const { gateway, dns } = sections.network;
  const shared = { gateway, dns, ssh_keys: ssh.keys, ...defaults };
  return {
    ...sections,
    nodes: nodes.map(({ name, mac: macs = [], ...own }, index) => {
      return { ...shared, ...own, name, macs, places: placesOf(index, own, defaults) };
    }),
  };
}

/** The settings that have a section to fall back on. */
const IN_SECTIONS: { readonly [K in Setting]?: Path } = {
  gateway: ['network', 'gateway'],
  dns: ['network', 'dns'],
  ssh_keys: ['ssh', 'keys'],
};

function placesOf(index: number, own: object, defaults: object): NodeEntry['places'] {
  const placeOf = (key: Setting): Path => {
    if (Object.hasOwn(own, key)) return ['nodes', index, key];
    const section = Object.hasOwn(defaults, key) ? undefined : IN_SECTIONS[key];
    return section ?? ['defaults', key];
  };
  const places = SETTINGS.map((key) => [key, placeOf(key)]);
  return Object.fromEntries(places) as Record<Setting, Path>;
}

/** Where to report a setting of a node: at its own value, or at another key if it has none. */
export function ownPlace(
  { places }: Pick<NodeEntry, 'places'>,
  index: number,
  key: Setting,
  otherwise: 'name' | 'ip',
): Path {
  return places[key][0] === 'nodes' ? places[key] : ['nodes', index, otherwise];
}

/** The nodes that are not marked `removed`. */
export function presentNodes({ nodes }: InventoryDocument): NodeEntry[] {
  return nodes.filter(({ removed }) => !removed);
}

/** The architectures of the nodes that are not marked `removed`, sorted. */
export function archsOf(document: InventoryDocument): Arch[] {
  return [...new Set(presentNodes(document).map(({ arch }) => arch))].sort();
}
