// /etc/homepbp/node.json on a node: what the payload acts on. Written by cloud-init from the seed,
// read by Python and shell, so its names are in snake case. It holds no secret.
import type { BootMode, Role } from './inventory.ts';

export interface NodeConfig {
  readonly version: 1;
  readonly name: string;
  /** All cards of the node, with colons, the one that this seed is for first. */
  readonly macs: readonly string[];
  readonly role: Role;
  readonly boot: BootMode;
  /** `auto`, `none` or a device. */
  readonly disk: string;
  /** A word; each new one wipes our partitions once. */
  readonly wipe: string | null;
  /** CIDR, null for DHCP. */
  readonly ip: string | null;
  /** Addresses or names of servers that may exist already. */
  readonly known_servers: readonly string[];
  readonly cluster: ClusterConfig;
  /** What k3s consists of on this node's architecture; empty when nothing is locked. */
  readonly k3s_files: readonly K3sFile[];
}

export interface K3sFile {
  /** `<version>/<name>`: where the node keeps it, below /var/lib/homepbp/k3s/. */
  readonly path: string;
  /** Below the base URL, percent-encoded. */
  readonly url_path: string;
  /** Its publisher's URL, for when Genesis does not have it. */
  readonly url: string | null;
  readonly sha256: string;
  /** Bytes. */
  readonly size: number;
}

export interface ClusterConfig {
  readonly name: string;
  /** Channel or version, as nodes.yaml says. */
  readonly k3s: string;
  /** The release that this means; null before fetch has resolved it. */
  readonly k3s_version: string | null;
  readonly epoch: number;
  readonly quorum: 'majority' | 'all' | 'safe' | number;
  readonly founded: boolean;
  /** SHA-256 of the CA that servers outside the inventory must have, null when there are none. */
  readonly ca_hash: string | null;
  /** Strangers' servers that are not to be reported. */
  readonly ignore: readonly string[];
  readonly known_servers: readonly string[];
  /** k3s' own settings that all servers must have alike, by k3s' own names. */
  readonly k3s_config: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
  /** A decree needs a majority of each (design section 6). */
  readonly founding_sets: readonly (readonly string[])[];
  /** The servers of the inventory, with their addresses where those are fixed. */
  readonly servers: readonly { readonly name: string; readonly ip: string | null }[];
}

/** /etc/homepbp/secrets.json, readable by root only. */
export interface NodeSecrets {
  readonly version: 1;
  readonly token: string;
  readonly peer_key: string;
}
