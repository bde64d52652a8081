// /etc/homepbp/node.json on a node: the payload's configuration. Written by cloud-init from the seed,
// read by Python and shell, so its keys are in snake case. No secrets.
import * as z from 'zod/mini';
import { epochSchema } from './epoch.ts';
import { bootModeSchema, roleSchema } from './inventory.ts';
import type { Agreed } from './parse.ts';
import { sha256Schema } from './sha256.ts';

const k3sFileSchema = z.object({
  /** `<version>/<name>` below /var/lib/homepbp/k3s/ on the node. */
  path: z.string(),
  /** Below the base URL, percent-encoded. */
  url_path: z.string(),
  /** The publisher's URL, in case Genesis does not have it. */
  url: z.nullable(z.string()),
  sha256: sha256Schema,
  /** Bytes. */
  size: z.int().check(z.positive()),
});

export type K3sFile = Agreed<typeof k3sFileSchema>;

/** One of k3s' own settings. */
const settingSchema = z.union([z.string(), z.boolean(), z.array(z.string()), z.undefined()]);

const clusterConfigSchema = z.object({
  name: z.string(),
  /** Channel or version, as in nodes.yaml. */
  k3s: z.string(),
  /** The resolved release; null until fetch has resolved it. */
  k3s_version: z.nullable(z.string()),
  epoch: epochSchema,
  quorum: z.union([z.enum(['majority', 'all', 'safe']), z.int().check(z.positive())]),
  founded: z.boolean(),
  /** SHA-256 of the CA of servers outside the inventory, null without such servers. */
  ca_hash: z.nullable(sha256Schema),
  /** Other clusters' servers, not to be reported. */
  ignore: z.array(z.string()),
  known_servers: z.array(z.string()),
  /** k3s settings that must be the same on all servers, under k3s' own names. */
  k3s_config: z.record(z.string(), settingSchema),
  /** A decree needs a majority of each (design section 6). */
  founding_sets: z.array(z.array(z.string())),
  /** The servers of the inventory, with fixed addresses if they have any. */
  servers: z.array(z.object({ name: z.string(), ip: z.nullable(z.string()) })),
});

export type ClusterConfig = Agreed<typeof clusterConfigSchema>;

export const nodeConfigSchema = z.object({
  version: z.literal(1),
  name: z.string(),
  /** All cards of the node, with colons; this seed's card first. */
  macs: z.array(z.string()),
  role: roleSchema,
  boot: bootModeSchema,
  /** `auto`, `none` or a device. */
  disk: z.string(),
  /** Each new value wipes our partitions once. */
  wipe: z.nullable(z.string()),
  /** CIDR, null for DHCP. */
  ip: z.nullable(z.string()),
  /** Addresses or names of servers that may exist already. */
  known_servers: z.array(z.string()),
  cluster: clusterConfigSchema,
  /** k3s' files for this node's architecture; empty when nothing is locked. */
  k3s_files: z.array(k3sFileSchema),
});

export type NodeConfig = Agreed<typeof nodeConfigSchema>;
