// What the guard asks of the kernel. Behind an interface, so that its rules are tested purely.
import type { NetworkInterfaceInfo } from 'node:os';

/** One resolved entry of the kernel's neighbour table. */
export interface Neighbour {
  /** IPv4 or IPv6, lower case, without a zone. */
  readonly address: string;
  /** Canonical (contract/mac.ts). */
  readonly mac: string;
  /** The local interface that it is a neighbour on. */
  readonly interface: string;
}

export interface Network {
  /** Local interfaces with their addresses, as os.networkInterfaces() gives them. */
  interfaces(): NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;
  /** The neighbours of one address family, as they are now; none where that cannot be told. */
  neighbours(family: 4 | 6): Promise<readonly Neighbour[]>;
  /** The interface by which packets to `to` with the source address `from` leave; null = unknown. */
  egress(to: string, from: string): Promise<string | null>;
}
