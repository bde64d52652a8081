// dist/inventory.json: what the page and the shim may know of each node. No secrets.
import type { PublishedSet } from './published.ts';

export type Arch = 'amd64' | 'arm64';
export type Role = 'server' | 'agent';
export type BootMode = 'live' | 'recovery' | 'local';

export interface InventoryNode {
  readonly name: string;
  /** Canonical (contract/mac.ts), the first one first. */
  readonly macs: readonly string[];
  readonly arch: Arch;
  readonly role: Role;
  readonly boot: BootMode;
  /** The folder below os/ that the node boots. */
  readonly os: string;
  /** CIDR; absent when the node takes its address from DHCP. */
  readonly ip?: string;
}

/** Where machines look for HTTP when nodes.yaml does not say. */
export const DEFAULT_HTTP_PORT = 8080;

export interface InventoryFile {
  readonly version: 1;
  /** The port of Genesis' HTTP server that the scripts lead to. */
  readonly httpPort: number;
  /** The name of that server, where nodes.yaml gives it a URL with one. */
  readonly httpName?: string;
  readonly cluster: string;
  readonly founding: InventoryFounding;
  readonly nodes: readonly InventoryNode[];
}

/** What whoever serves the tree must know of the cluster's founding. */
export interface InventoryFounding extends PublishedSet {
  /** `cluster.founded: true`: no node of this tree founds. */
  readonly founded: boolean;
}
