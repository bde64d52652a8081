// Whether a host is this computer: what is wrong there can be fixed here.
import { hostname } from 'node:os';

/** @param own the addresses of this computer */
export function isHere(host: string, own: readonly string[]): boolean {
  return isLoopback(host) || own.includes(host) || host.toLowerCase() === hostname().toLowerCase();
}

export function isLoopback(host: string): boolean {
  return host.startsWith('127.') || host === '::1' || host === 'localhost';
}
