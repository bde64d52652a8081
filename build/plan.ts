// The one normalised model between the inventory and the templates: every default applied, every
// name final, nothing left to decide.
import {
  type Arch,
  type BootMode,
  DEFAULT_HTTP_PORT,
  type InventoryFile,
  type InventoryNode,
  type Role,
} from '../contract/inventory.ts';
import { macWithColons, parseMac } from '../contract/mac.ts';
import type { ClusterConfig, NodeConfig } from '../contract/node-config.ts';
import { PAYLOAD_LAYER } from '../contract/paths.ts';
import type { Servers } from './cluster-lock.ts';
import type { ExtraUserData } from './extra-user-data.ts';
import type { Asset } from './media.ts';
import { sha256 } from './output.ts';
import type { InventoryDocument, NodeEntry } from './schema.ts';

export interface Plan {
  readonly cluster: ClusterConfig;
  readonly genesis: GenesisPlan;
  readonly nodes: readonly NodePlan[];
  readonly systems: readonly SystemPlan[];
}

export interface GenesisPlan {
  /** The base URL without a trailing slash, null when machines take it from DHCP's next-server. */
  readonly url: string | null;
  readonly httpPort: number;
  /** Null when it is whatever address the laptop has. */
  readonly ip: string | null;
}

/** An operating system in `os/<id>/`. */
export interface SystemPlan {
  readonly id: string;
  /** Empty when its files are not to be had: nodes then boot their disks and say what to do. */
  readonly assets: readonly Asset[];
  /** What the initramfs fetches, and the hash that the kernel line pins it by. */
  readonly fetchList: string;
  readonly fetchListSha256: string;
}

export interface NodePlan {
  readonly name: string;
  /** Canonical, the first one first. */
  readonly macs: readonly string[];
  readonly arch: Arch;
  readonly role: Role;
  readonly boot: BootMode;
  readonly system: SystemPlan;
  readonly disk: string;
  readonly wipe: string | null;
  readonly knownServers: readonly string[];
  readonly network: NetworkPlan;
  readonly fqdn: string | null;
  readonly sshKeys: readonly string[];
  readonly kernelArgs: readonly string[];
  readonly timezone: string | null;
  readonly locale: string | null;
  readonly ntp: readonly string[];
  /** The user's own cloud-init part, null when there is none. */
  readonly extraUserData: ExtraUserData | null;
}

export interface NetworkPlan {
  /** CIDR, null for DHCP. */
  readonly address: string | null;
  readonly gateway: string | null;
  readonly dns: readonly string[];
}

/** What the plan needs besides the inventory, gathered beforehand. */
export interface PlanFacts {
  /** Public keys for each entry of `nodes:`, in its order. */
  readonly sshKeys: readonly (readonly string[])[];
  /** The user's own cloud-init part of each entry of `nodes:`, in its order. */
  readonly extraUserData: readonly (ExtraUserData | null)[];
  /** See foundingSets in cluster-lock.ts. */
  readonly foundingSets: readonly (readonly string[])[];
  /** The files of `os/<id>/`. */
  readonly assetsOf: (id: string) => readonly Asset[];
}

/** The kernel, initrd and root image that no system can boot without. */
const BOOT_ASSETS = ['vmlinuz', 'initrd', 'rootfs.squashfs'];

/** Makes the plan of a valid inventory. Nodes marked `removed` are not in it. */
export function makePlan(document: InventoryDocument, facts: PlanFacts): Plan {
  const systems = new Map<string, SystemPlan>();
  const systemOf = (id: string): SystemPlan => {
    const system = systems.get(id) ?? makeSystem(id, facts.assetsOf(id));
    systems.set(id, system);
    return system;
  };
  const nodes = document.nodes.flatMap((entry, index) => {
    if (entry.removed === true) return [];
    const sshKeys = facts.sshKeys[index] ?? [];
    const extraUserData = facts.extraUserData[index] ?? null;
    return [{ ...makeNode(entry, document, systemOf), sshKeys, extraUserData }];
  });
  return {
    cluster: makeCluster(document.cluster, nodes, facts.foundingSets),
    genesis: makeGenesis(document.genesis),
    nodes,
    systems: [...systems.values()],
  };
}

function makeCluster(
  cluster: InventoryDocument['cluster'],
  nodes: readonly NodePlan[],
  foundingSets: PlanFacts['foundingSets'],
): ClusterConfig {
  const servers = nodes.filter(({ role }) => role === 'server');
  return {
    name: cluster?.name ?? 'home',
    k3s: cluster?.k3s ?? 'stable',
    epoch: epochOf(cluster),
    quorum: cluster?.founding?.quorum ?? 'majority',
    founded: cluster?.founded ?? false,
    ca_hash: cluster?.ca_hash ?? null,
    ignore: cluster?.ignore ?? [],
    known_servers: cluster?.known_servers ?? [],
    founding_sets: foundingSets,
    servers: servers.map(({ name, network }) => ({
      name,
      ip: network.address?.split('/')[0] ?? null,
    })),
  };
}

/** The founding epoch of an inventory. */
export function epochOf(cluster: InventoryDocument['cluster']): number {
  return cluster?.founding?.epoch ?? 1;
}

/** The servers of an inventory that vote: not those marked `removed`. */
export function serversOf({ nodes, defaults }: InventoryDocument): Servers {
  const servers = nodes.filter(
    ({ role, removed }) => (role ?? defaults?.role ?? 'server') === 'server' && removed !== true,
  );
  return new Map(servers.map((entry) => [entry.name, macsOf(entry)]));
}

function makeGenesis(genesis: InventoryDocument['genesis']): GenesisPlan {
  return {
    url: genesis?.url?.replace(/\/+$/, '') ?? null,
    httpPort: genesis?.http_port ?? DEFAULT_HTTP_PORT,
    ip: genesis?.ip === undefined || genesis.ip === 'auto' ? null : genesis.ip,
  };
}

function makeSystem(id: string, assets: readonly Asset[]): SystemPlan {
  const names = new Set(assets.filter(({ local }) => local !== null).map(({ name }) => name));
  const complete = BOOT_ASSETS.every((name) => names.has(name));
  const usable = complete ? assets : [];
  const fetchList = usable
    .filter(({ name }) => name === 'rootfs.squashfs' || name.startsWith('debs/'))
    .map((asset) => `${asset.sha256} ${asset.size} ${asset.name}\n`)
    .join('');
  return { id, assets: usable, fetchList, fetchListSha256: sha256(fetchList) };
}

function makeNode(
  entry: NodeEntry,
  { os, defaults, network }: InventoryDocument,
  systemOf: (id: string) => SystemPlan,
): Omit<NodePlan, 'sshKeys' | 'extraUserData'> {
  const settings = { ...defaults, ...entry };
  const arch = settings.arch ?? 'amd64';
  const family = os?.custom === undefined ? (os?.release ?? '20.04') : 'custom';
  return {
    name: entry.name,
    macs: macsOf(entry),
    arch,
    role: settings.role ?? 'server',
    boot: settings.boot ?? 'live',
    system: systemOf(`${family}-${arch}`),
    disk: settings.disk ?? 'auto',
    wipe: entry.wipe ?? null,
    knownServers: entry.known_servers ?? [],
    network: {
      address: entry.ip ?? null,
      gateway: settings.gateway ?? network?.gateway ?? null,
      dns: settings.dns ?? network?.dns ?? [],
    },
    fqdn: network?.domain === undefined ? null : `${entry.name}.${network.domain}`,
    kernelArgs: settings.kernel_args ?? [],
    timezone: settings.timezone ?? null,
    locale: settings.locale ?? null,
    ntp: settings.ntp ?? [],
  };
}

function macsOf({ mac }: NodeEntry): string[] {
  return (Array.isArray(mac) ? mac : [mac]).map(canonicalMac);
}

function canonicalMac(text: string): string {
  const mac = parseMac(text);
  if (mac === null) throw new Error(`'${text}' got past the schema`);
  return mac;
}

/** dist/inventory.json of a plan. */
export function inventoryFile(plan: Plan): InventoryFile {
  const { cluster, genesis, nodes } = plan;
  const { httpPort } = genesis;
  return { version: 1, httpPort, cluster: cluster.name, nodes: nodes.map(inventoryNode) };
}

function inventoryNode(node: NodePlan): InventoryNode {
  const { name, macs, arch, role, boot } = node;
  const address = node.network.address;
  return {
    name,
    macs,
    arch,
    role,
    boot,
    os: node.system.id,
    ...(address !== null && { ip: address }),
  };
}

/**
 * The kernel line of a node, word by word. iPXE puts in `${base}`, the one absolute URL.
 * @param mac the card that the script is for
 */
export function kernelLine(node: NodePlan, mac: string): readonly string[] {
  const layer = PAYLOAD_LAYER.slice(PAYLOAD_LAYER.lastIndexOf('/') + 1);
  return [
    // UEFI builds of iPXE pass on the initrds that are named; BIOS builds pass on all and ignore this.
    'initrd=initrd',
    `initrd=${layer}`,
    'boot=homepbp',
    // The initramfs configures the card that booted; without ip= nothing of that outlives it.
    `BOOTIF=01-${mac}`,
    'homepbp.base=${base}',
    `homepbp.node=${mac}`,
    `homepbp.os=os/${node.system.id}`,
    `homepbp.os_sha256=${node.system.fetchListSha256}`,
    `homepbp.mode=${node.boot === 'recovery' ? 'recovery' : 'live'}`,
    ...node.kernelArgs,
  ];
}

/** /etc/homepbp/node.json of a node, in the seed of one of its cards. */
export function nodeConfig(node: NodePlan, mac: string, cluster: ClusterConfig): NodeConfig {
  return {
    version: 1,
    name: node.name,
    macs: [mac, ...node.macs.filter((other) => other !== mac)].map(macWithColons),
    role: node.role,
    boot: node.boot,
    disk: node.disk,
    wipe: node.wipe,
    ip: node.network.address,
    known_servers: node.knownServers,
    cluster,
  };
}
