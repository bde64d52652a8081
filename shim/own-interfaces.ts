// This computer's network interfaces, by the name of the card.
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

export type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>;

/**
 * As os.networkInterfaces() gives them, but an address with a label (`eth0:1`, as ifupdown and keepalived make them)
 * belongs to its card: the kernel's tables know only that.
 */
export function ownInterfaces(read: () => Interfaces = networkInterfaces): Interfaces {
  const cards = new Map<string, NetworkInterfaceInfo[]>();
  for (const [name, addresses] of Object.entries(read())) {
    const card = cardOf(name);
    cards.set(card, [...(cards.get(card) ?? []), ...(addresses ?? [])]);
  }
  return Object.fromEntries(cards);
}

/**
 * Whether an interface, as os.networkInterfaces() names it, is meant by the name of a card, with all its labels, or of
 * one label.
 */
export function isMeant(name: string, by: string): boolean {
  return name === by || cardOf(name) === by;
}

/** No card's name has a colon. */
function cardOf(name: string): string {
  return name.replace(/:.*$/, '');
}
