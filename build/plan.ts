// The one model between the inventory and the templates: every name final, nothing left to decide.
import type { Arch, BootMode, EnrollPolicy, Role } from '../contract/inventory.ts';
import type { ClusterConfig, K3sFile } from '../contract/node-config.ts';
import { CGROUP_V2_ARG } from './checks/systems.ts';
import type { Servers } from './cluster-lock.ts';
import { type InventoryDocument, type NodeEntry, presentNodes } from './document.ts';
import type { ExtraUserData } from './extra-user-data.ts';
import { k3sFiles } from './k3s.ts';
import type { Asset } from './media.ts';
import { type GenesisPlan, hasShortName } from './schema/genesis.ts';
import { makeSystem, type SystemPlan } from './system-plan.ts';

export interface Plan {
  readonly cluster: ClusterConfig;
  readonly enroll: EnrollPolicy;
  readonly genesis: GenesisPlan;
  readonly nodes: readonly NodePlan[];
  readonly systems: readonly SystemPlan[];
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
  readonly k3sFiles: readonly K3sFile[];
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
  /** Domains that complete Genesis' name; empty where it needs none. */
  readonly search: readonly string[];
  /** Whether the DHCP server's domains complete it too. */
  readonly usesLeaseDomains: boolean;
}

/** What the plan needs besides the inventory. */
export interface PlanFacts {
  /** Public keys for each entry of `nodes:`, in its order. */
  readonly sshKeys: readonly (readonly string[])[];
  /** The user's own cloud-init part of each entry of `nodes:`, in its order. */
  readonly extraUserData: readonly (ExtraUserData | null)[];
  /** Whether a node reported that it founded the cluster. */
  readonly founded: boolean;
  /** See foundingSets in cluster-lock.ts. */
  readonly foundingSets: readonly (readonly string[])[];
  /** The files of `os/<id>/`. */
  readonly assetsOf: (id: string) => readonly Asset[];
  /** The k3s release for the inventory; null until resolved. */
  readonly k3sVersion: string | null;
  /** The files of that release, as `k3s-<arch>` and so on. */
  readonly k3s: readonly Asset[];
  /** Our initramfs layer for an architecture; null without its busybox. */
  readonly layerOf: (arch: Arch) => Uint8Array | null;
}

/** Makes the plan of a valid inventory. Nodes marked `removed` are not in it. */
export function makePlan(document: InventoryDocument, facts: PlanFacts): Plan {
  const systems = new Map<string, SystemPlan>();
  const systemOf = (id: string, arch: Arch): SystemPlan => {
    const system = systems.get(id) ?? makeSystem(id, facts.assetsOf(id), facts.layerOf(arch));
    systems.set(id, system);
    return system;
  };
  const { k3sVersion } = facts;
  const nodes = document.nodes.flatMap((entry, index) => {
    if (entry.removed) return [];
    const sshKeys = facts.sshKeys[index] ?? [];
    const extraUserData = facts.extraUserData[index] ?? null;
    const node = makeNode(entry, document, systemOf);
    const k3s = k3sVersion === null ? [] : k3sFiles(k3sVersion, facts.k3s, node.arch);
    return [{ ...node, k3sFiles: k3s, sshKeys, extraUserData }];
  });
  return {
    cluster: makeCluster(document.cluster, nodes, facts),
    enroll: document.cluster.enroll,
    genesis: document.genesis,
    nodes,
    systems: [...systems.values()],
  };
}

function makeCluster(
  cluster: InventoryDocument['cluster'],
  nodes: readonly Pick<NodePlan, 'name' | 'role' | 'network'>[],
  { foundingSets, founded, k3sVersion }: Pick<PlanFacts, 'foundingSets' | 'founded' | 'k3sVersion'>,
): ClusterConfig {
  const servers = nodes.filter(({ role }) => role === 'server');
  return {
    name: cluster.name,
    k3s: cluster.k3s,
    k3s_version: k3sVersion,
    epoch: cluster.founding.epoch,
    quorum: cluster.founding.quorum,
    founded: founded || cluster.founded,
    ca_hash: cluster.ca_hash,
    ignore: cluster.ignore,
    known_servers: cluster.known_servers,
    founding_sets: foundingSets,
    k3s_config: cluster.k3s_config,
    servers: servers.map(({ name, network }) => ({
      name,
      ip: network.address?.split('/')[0] ?? null,
    })),
  };
}

/** The voting servers of an inventory: those not marked `removed`. */
export function serversOf(document: InventoryDocument): Servers {
  const servers = presentNodes(document).filter(({ role }) => role === 'server');
  return new Map(servers.map(({ name, macs }) => [name, macs]));
}

function makeNode(
  entry: NodeEntry,
  document: InventoryDocument,
  systemOf: (id: string, arch: Arch) => SystemPlan,
): Omit<NodePlan, 'k3sFiles' | 'sshKeys' | 'extraUserData'> {
  const { os, network } = document;
  const { name, macs, arch, role, boot, disk, wipe, timezone, locale, ntp } = entry;
  return {
    ...{ name, macs, arch, role, boot, disk, wipe, timezone, locale, ntp },
    system: systemOf(`${os.custom === null ? os.release : 'custom'}-${arch}`, arch),
    knownServers: entry.known_servers,
    network: makeNetwork(entry, document),
    fqdn: network.domain === null ? null : `${name}.${network.domain}`,
    kernelArgs: [...releaseArgs(os), ...entry.kernel_args],
  };
}

function makeNetwork(
  { ip, gateway, dns }: NodeEntry,
  { genesis, network }: InventoryDocument,
): NetworkPlan {
  const isShort = hasShortName(genesis);
  const search = isShort && network.domain !== null ? [network.domain] : [];
  return { address: ip, gateway, dns, search, usesLeaseDomains: isShort && ip === null };
}

/** Kernel arguments that a release needs to run k3s. */
function releaseArgs(os: InventoryDocument['os']): readonly string[] {
  return os.release === '20.04' && os.kernel === 'hwe' ? [CGROUP_V2_ARG] : [];
}
