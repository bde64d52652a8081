// The shape of nodes.yaml, with every default except those that `defaults:` gives to nodes, which
// document.ts merges. Rules across sections are in checks/.
import { z } from 'zod';
import { DEFAULTS, type Defaults } from './defaults.ts';
import { clusterSchema } from './schema/cluster.ts';
import { genesisSchema } from './schema/genesis.ts';
import { defaultsSchema, nodeSchema } from './schema/node.ts';
import { osSchema } from './schema/os.ts';
import { domain, ipv4, keyList, orNull } from './schema/texts.ts';

/** The schema of nodes.yaml for a set of defaults. */
export function inventorySchemaWith(defaults: Defaults) {
  return z.strictObject({
    genesis: genesisSchema(defaults.genesis),
    os: osSchema(defaults.os),
    ssh: z
      .strictObject({ keys: z.union([z.literal('auto'), keyList]).default(defaults.ssh.keys) })
      .prefault({}),
    network: z
      .strictObject({
        gateway: orNull(ipv4),
        dns: z.array(ipv4).max(8).default([]),
        domain: orNull(domain),
      })
      .prefault({}),
    cluster: clusterSchema(defaults.cluster),
    defaults: defaultsSchema(defaults.defaults),
    nodes: z.array(nodeSchema),
  });
}

export const inventorySchema = inventorySchemaWith(DEFAULTS);

export type InventorySchema = typeof inventorySchema;
