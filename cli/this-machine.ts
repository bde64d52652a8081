// The networks that this machine is on, from which `init` makes suggestions.
import { readFileSync } from 'node:fs';
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os';

export interface MachineNetwork {
  /** The interface. */
  readonly name: string;
  /** An IPv4 address with its prefix length. */
  readonly cidr: string;
  /** The router of the default route through it, if known. */
  readonly gateway: string | null;
}

type Interfaces = NodeJS.Dict<readonly NetworkInterfaceInfo[]>;

/** The networks of this machine that nodes may be in. */
export function machineNetworks(): MachineNetwork[] {
  return networksOf(networkInterfaces(), readRoutes());
}

/** The IPv4 addresses of all network cards except loopback. */
export function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((card) => card ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
}

/** Linux only; elsewhere the router is guessed from the subnet. */
function readRoutes(): string {
  try {
    return readFileSync('/proc/net/route', 'utf8');
  } catch {
    return '';
  }
}

/** Interfaces of containers, virtual machines and tunnels: no node boots there. */
const VIRTUAL =
  /^(docker|br-|veth|virbr|vmnet|vboxnet|cni|flannel|cali|tun|tap|utun|wg|tailscale|zt|podman|bridge)/;

/**
 * @param interfaces as `os.networkInterfaces` returns them
 * @param routes the text of `/proc/net/route`
 */
export function networksOf(interfaces: Interfaces, routes: string): MachineNetwork[] {
  const gateways = gatewaysOf(routes);
  return Object.entries(interfaces).flatMap(([name, addresses = []]) =>
    VIRTUAL.test(name)
      ? []
      : addresses.flatMap(({ family, internal, cidr }) =>
          family !== 'IPv4' || internal || cidr === null
            ? []
            : [{ name, cidr, gateway: gateways.get(name) ?? null }],
        ),
  );
}

/** The router of each interface's default route (proc_net(5): addresses are little-endian hex). */
function gatewaysOf(routes: string): Map<string, string> {
  const rows = routes
    .split('\n')
    .slice(1)
    .map((row) => row.split('\t'));
  return new Map(
    rows.flatMap(([name, destination, gateway]) => {
      if (name === undefined || destination !== '00000000' || gateway === undefined) return [];
      const bytes = (gateway.match(/../g) ?? []).reverse().map((pair) => Number.parseInt(pair, 16));
      return gateway === '00000000' ? [] : [[name, bytes.join('.')] as const];
    }),
  );
}
