// A project for the page: four nodes and a system that is large enough to be seen on its way.
import { buildInventory } from '../genesis.ts';
import { HTTP_PORT, SSH_KEY } from '../inventory.ts';
import { GENESIS } from '../lan.ts';
import type { Scene } from '../scene.ts';
import { trialOs } from '../trial-os.ts';

/** `.ip` is what its card shows; each with its prefix length. */
export const NODES = [
  { name: 'k8s-node01', mac: '52:54:00:e2:01:01', ip: '10.77.0.11/24' },
  { name: 'k8s-node02', mac: '52:54:00:e2:01:02', ip: '10.77.0.12/24' },
  { name: 'k8s-node03', mac: '52:54:00:e2:01:03', ip: '10.77.0.13/24' },
  { name: 'k8s-agent04', mac: '52:54:00:e2:01:04', ip: '10.77.0.14/24', role: 'agent' },
] as const;

export const STRANGER = { mac: '52:54:00:e2:ff:01', ip: '10.77.0.99/24' } as const;

/** The folder of the system in the tree. */
export const OS = 'os/custom-amd64';

const SIZES = { vmlinuz: 3e6, initrd: 8e6, 'rootfs.squashfs': 40e6, 'modules.deb': 2e6 };

/** Builds it, and gives its tree. */
export async function buildProject(scene: Scene): Promise<string> {
  const inventory = {
    genesis: { ip: GENESIS, http_port: HTTP_PORT },
    os: await trialOs(scene.scratch, SIZES),
    ssh: { keys: [SSH_KEY] },
    network: { gateway: GENESIS, dns: [GENESIS] },
    nodes: NODES,
  };
  return buildInventory(scene, JSON.stringify(inventory, null, 2));
}
