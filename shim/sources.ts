// Which machine a client counts as, where the number of its places is limited: by its MAC address where
// the kernel knows it, since one machine can have as many addresses as it likes.
import { isIPv6 } from 'node:net';
import type { Holder } from './places.ts';
import { isLoopback, unmapped } from './unmapped.ts';

/** Who a connection between these addresses is counted for; a promise where the kernel must be asked. */
export type HolderOf = (
  client: string | undefined,
  local: string | undefined,
) => Holder | Promise<Holder>;

export interface SourcesOptions {
  /** The MAC address behind a client; null if unknown. Never rejects. */
  readonly macOf: (client: string, local: string) => Promise<string | null>;
  /** Whether nodes.yaml has a node with this MAC address. */
  readonly isNode: (mac: string) => boolean;
}

/** Places are kept for this computer and for the inventory's machines. */
export function holdersBy({ macOf, isNode }: SourcesOptions): HolderOf {
  return (client = '', local = '') => {
    if (isSelf(client, local)) return { source: 'self', isKept: true };
    return macOf(client, local).then((mac) =>
      mac === null ? strangerAt(client) : { source: mac, isKept: isNode(mac) },
    );
  };
}

/** A client of which only its address is known. */
export function strangerAt(client = ''): Holder {
  return { source: sourceOf(client), isKept: false };
}

/** A program on this computer: the kernel takes no packet from outside with our own address. */
function isSelf(client: string, local: string): boolean {
  const address = unmapped(client);
  if (address === '') return false; // It has gone already.
  return isLoopback(address) || client === local;
}

/**
 * An IPv4 address; of an IPv6 address its /64, of which one machine can use any address. A
 * link-local address stands for itself: all machines of a network share that /64.
 */
export function sourceOf(client: string): string {
  const address = unmapped(client);
  if (!isIPv6(address) || /^fe[89ab]/i.test(address)) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const after = tail === '' ? [] : tail.split(':');
    groups.push(...Array(Math.max(0, 8 - groups.length - after.length)).fill('0'), ...after);
  }
  return `${groups.slice(0, 4).join(':')}::/64`;
}
