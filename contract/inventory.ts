// dist/inventory.json: what the page and the shim may know about each node. No secrets.
import * as z from 'zod/mini';
import { isCanonicalMac } from './mac.ts';
import { type Agreed, parseJson } from './parse.ts';
import { BUILD_AGAIN, parseFile } from './parse-file.ts';
import { publishedSetSchema } from './published.ts';

export const archSchema = z.enum(['amd64', 'arm64']);
export type Arch = z.output<typeof archSchema>;
export const roleSchema = z.enum(['server', 'agent']);
export type Role = z.output<typeof roleSchema>;
export const bootModeSchema = z.enum(['live', 'recovery', 'local']);
export type BootMode = z.output<typeof bootModeSchema>;

/** `cluster.enroll`: whether only a node's first key is believed, or each. */
export const enrollPolicySchema = z.enum(['once', 'always']);
export type EnrollPolicy = z.output<typeof enrollPolicySchema>;

/** As in contract/mac.ts. */
export const canonicalMacSchema = z
  .string()
  .check(z.refine(isCanonicalMac, 'is not a MAC address in lower case with hyphens'));

const nodeSchema = z.object({
  name: z.string(),
  /** The first one first. */
  macs: z.array(canonicalMacSchema),
  arch: archSchema,
  role: roleSchema,
  boot: bootModeSchema,
  /** The folder below os/ that the node boots. */
  os: z.string(),
  /** CIDR; absent when the node takes its address from DHCP. */
  ip: z.exactOptional(z.string()),
  /** `disk: none`: its key is new at each boot. */
  diskless: z.exactOptional(z.literal(true)),
  /** `wipe:`; a new word lets another key of this node in once. */
  wipe: z.exactOptional(z.string()),
  /**
   * What it needs that is not in this tree, and that machines do not load from its publisher either, in words
   * such as `kernel`; absent when nothing is missing.
   */
  missing: z.exactOptional(z.array(z.string())),
});

export type InventoryNode = Agreed<typeof nodeSchema>;

/** The HTTP port if nodes.yaml does not set one. */
export const DEFAULT_HTTP_PORT = 8080;

const httpAddressSchema = z.object({
  /** The port of Genesis' HTTP server in the scripts. */
  httpPort: z.int(),
  /** The host name of that server, if nodes.yaml has a URL with one. */
  httpName: z.exactOptional(z.string()),
  /** The IPv4 address of that server, if nodes.yaml has one: `genesis.ip`. */
  genesisIp: z.exactOptional(z.string()),
});

export type HttpAddress = Agreed<typeof httpAddressSchema>;

/** What a server of the tree must know about the cluster's founding. */
const foundingSchema = z.object({
  ...publishedSetSchema.shape,
  /** `cluster.founded: true`: no node of this tree founds. */
  founded: z.boolean(),
});

/** Unknown keys are ignored. */
export const inventorySchema = z.object({
  version: z.literal(1),
  ...httpAddressSchema.shape,
  cluster: z.string(),
  founding: foundingSchema,
  /** `cluster.enroll`: `always` believes each new key of a node. Default: `once`. */
  enroll: z.exactOptional(enrollPolicySchema),
  nodes: z.array(nodeSchema),
});

export type InventoryFile = Agreed<typeof inventorySchema>;

/** @throws {UserError} when it is damaged */
export function parseInventoryFile(text: string, path: string): InventoryFile {
  return parseFile(inventorySchema, text, path, BUILD_AGAIN);
}

/** The nodes as in every version's file, plus all its other keys. */
const anyInventorySchema = z.looseObject({ nodes: z.array(z.looseObject(nodeSchema.shape)) });

export type AnyInventory = Agreed<typeof anyInventorySchema>;

/** For a tree that another version may have built. @throws {UserError} when it is damaged */
export function parseAnyInventory(text: string, path: string): AnyInventory {
  return parseFile(anyInventorySchema, text, path, BUILD_AGAIN);
}

/** The HTTP address, whichever version built the tree. @throws {Mismatch} */
export function parseHttpAddress(text: string): HttpAddress {
  return parseJson(httpAddressSchema, text);
}
