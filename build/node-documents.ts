// What describes a node outside its templates: inventory.json, the kernel line and
// /etc/homepbp/node.json.
import type { InventoryFile, InventoryNode } from '../contract/inventory.ts';
import { macWithColons } from '../contract/mac.ts';
import type { ClusterConfig, NodeConfig } from '../contract/node-config.ts';
import { PAYLOAD_LAYER } from '../contract/paths.ts';
import { httpAddress } from './http-address.ts';
import type { NodePlan, Plan } from './plan.ts';

/** dist/inventory.json of a plan. */
export function inventoryFile({ cluster, enroll, genesis, nodes }: Plan): InventoryFile {
  return {
    version: 1,
    ...httpAddress(genesis),
    cluster: cluster.name,
    founding: {
      epoch: cluster.epoch,
      servers: cluster.servers.map(({ name }) => name).sort(),
      founded: cluster.founded,
    },
    ...(enroll === 'always' && { enroll }),
    nodes: nodes.map(inventoryNode),
  };
}

function inventoryNode(node: NodePlan): InventoryNode {
  const { name, macs, arch, role, boot, disk, wipe } = node;
  const address = node.network.address;
  const missing = missingFor(node);
  return {
    name,
    macs,
    arch,
    role,
    boot,
    os: node.system.id,
    ...(address !== null && { ip: address }),
    ...(disk === 'none' && { diskless: true }),
    ...(wipe !== null && { wipe }),
    ...(missing.length > 0 && { missing }),
  };
}

/** What a node will look for in vain, part by part. One that boots its own disk looks for nothing. */
function missingFor({ boot, system, k3sFiles }: NodePlan): string[] {
  if (boot === 'local') return [];
  return [...system.lacks, ...(boot === 'live' && k3sFiles.length === 0 ? ['k3s'] : [])];
}

/** Seconds from a kernel panic until the reboot. */
const PANIC_SECONDS = 30;

/**
 * The kernel line of a node, word by word. iPXE fills in `${base}`, the only absolute URL.
 * @param mac the card that the script is for
 */
export function kernelLine(node: NodePlan, mac: string): readonly string[] {
  return [
    // UEFI iPXE passes only the initrds named here; BIOS iPXE passes all and ignores this.
    // Ours first: the kernel unpacks nothing after an lz4 initrd.
    `initrd=${PAYLOAD_LAYER}`,
    'initrd=initrd',
    'rdinit=/homepbp/init',
    `panic=${PANIC_SECONDS}`,
    // The initramfs configures the card that booted; without ip= that configuration ends with it.
    `BOOTIF=01-${mac}`,
    'homepbp.base=${base}',
    // homepbp.address=… from a boot stick with an address of its own; else nothing.
    '${fixed-address}',
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
    k3s_files: node.k3sFiles,
  };
}
