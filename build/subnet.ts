// IPv4 addresses with a prefix length (RFC 4632).
import { isIPv4 } from 'node:net';

export interface Cidr {
  /** Dotted, as written. */
  readonly address: string;
  /** 1 to 32. */
  readonly prefix: number;
  /** First and last address of the subnet as numbers. */
  readonly first: number;
  readonly last: number;
}

/** An IPv4 address as a number from 0 to 2^32 - 1; the text must be a valid one. */
export function ipv4ToNumber(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

/** Parses `192.168.1.101/24`; null when it is anything else, or a prefix below 1. */
export function parseCidr(text: string): Cidr | null {
  const [address, length, ...rest] = text.split('/');
  if (address === undefined || length === undefined || rest.length > 0) return null;
  if (!isIPv4(address) || !/^([1-9]|[12]\d|3[0-2])$/.test(length)) return null;
  const prefix = Number(length);
  const size = 2 ** (32 - prefix);
  const first = Math.floor(ipv4ToNumber(address) / size) * size;
  return { address, prefix, first, last: first + size - 1 };
}

/** Whether an address is in the subnet. */
export function contains(subnet: Cidr, address: string): boolean {
  const number = ipv4ToNumber(address);
  return number >= subnet.first && number <= subnet.last;
}
