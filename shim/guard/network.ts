// What the guard needs from the kernel; an interface, so that tests need no network.
import type { NetworkInterfaceInfo } from 'node:os';

/** One resolved entry of the kernel's neighbour table. */
export interface Neighbour {
  /** IPv4 or IPv6, lower case, without a zone. */
  readonly address: string;
  /** Canonical (contract/mac.ts). */
  readonly mac: string;
  /** The local interface on which it is a neighbour. */
  readonly interface: string;
}

export interface Network {
  /** Local interfaces with their addresses, as ownInterfaces gives them. */
  interfaces(): NodeJS.Dict<readonly Pick<NetworkInterfaceInfo, 'address'>[]>;
  /** The current neighbours of one address family; empty when they cannot be read. */
  neighbours(family: 4 | 6): Promise<readonly Neighbour[]>;
  /** The interface by which packets to `to` with the source address `from` leave; null = unknown. */
  egress(to: string, from: string): Promise<string | null>;
}
