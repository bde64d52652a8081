// The addresses at which other machines reach a service of this one.
import type { NetworkInterfaceInfo } from 'node:os';
import { isUnspecified, type Where } from '../shim/addresses.ts';
import { isMeant } from '../shim/own-interfaces.ts';
import type { Endpoint } from '../shim/services.ts';
import { isLoopback, unmapped } from '../shim/unmapped.ts';
import { networksOf } from './this-machine.ts';

type Interfaces = NodeJS.Dict<readonly NetworkInterfaceInfo[]>;

/**
 * Each address of this computer at which others reach the endpoint, IPv4 only if it has any: that is
 * what machines boot by. Those of containers and tunnels only if there are no others.
 * @param where what of this computer is served
 * @param interfaces as `os.networkInterfaces` returns them
 */
export function reachableAt(
  { host }: Endpoint,
  { host: given, interface: only }: Where,
  interfaces: Interfaces,
): string[] {
  if (given !== undefined && !isUnspecified(host)) return [unmapped(host)].filter(isForOthers);
  const isServed = ([name]: [string, unknown]) => only === undefined || isMeant(name, only);
  const served = Object.fromEntries(Object.entries(interfaces).filter(isServed));
  const real = networksOf(served, '').map(({ cidr }) => cidr.split('/')[0] ?? '');
  if (real.length > 0) return real;
  const all = Object.values(served).flatMap((infos = []) => infos);
  const others = all.map(({ address }) => unmapped(address)).filter(isForOthers);
  const ipv4 = others.filter((address) => !address.includes(':'));
  return [...new Set(ipv4.length > 0 ? ipv4 : others)];
}

/** Link-local IPv6 addresses mean nothing without an interface. */
function isForOthers(address: string): boolean {
  return !isLoopback(address) && !isUnspecified(address) && !/^fe[89ab]/i.test(address);
}
