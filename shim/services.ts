// The services of the shim: each binds our addresses, follows them, and says what it cannot bind. If one of them cannot
// bind, the others still run.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TFTP_ROOT } from '../contract/paths.ts';
import { type Addresses, isUnspecified, type Where } from './addresses.ts';
import type { Unbound } from './bound.ts';
import { createDistFiles, type Files } from './files.ts';
import type { Guard } from './guard/guard.ts';
import { startHttpServer } from './http/server.ts';
import { createSmall } from './http/small.ts';
import type { Live } from './live.ts';
import type { Log } from './log.ts';
import { notBound } from './not-bound.ts';
import { ownInterfaces } from './own-interfaces.ts';
import { comparable, ownNames } from './own-names.ts';
import { chooseNetworks } from './proxy-dhcp/networks.ts';
import { startProxyDhcp } from './proxy-dhcp/server.ts';
import { type Binding, bindFailed } from './serve-errors.ts';
import type { HolderOf } from './sources.ts';
import { linkMtu } from './tftp/link-mtu.ts';
import { startTftpServer } from './tftp/server.ts';
import { tftpLogEvent } from './tftp-log.ts';
import type { DhcpClient } from './timeline/observer.ts';

/** Where a service listens. */
export interface Endpoint {
  /** An IP address; `0.0.0.0` for all. */
  readonly host: string;
  readonly port: number;
}

export interface Service {
  /** Null if it could not bind. */
  readonly endpoint: Endpoint | null;
  /** What it could not bind at first, for the terminal. */
  readonly faults: readonly string[];
  /** Serves on these addresses from now on, and logs what it cannot bind. Never rejects. */
  follow(addresses: Addresses): Promise<void>;
  close(): Promise<void>;
}

/** What all services share. */
export interface Shared extends Where {
  readonly dist: string;
  readonly guard: Guard | null;
  readonly log: Log;
  /** Which machine a client is. */
  readonly holderOf: HolderOf;
  /** Nothing is read or answered before this resolves. */
  readonly prepared: Promise<void>;
  /** Null until then. */
  readonly live: () => Live | null;
}

/** @param names of this computer that browsers may use, besides its own */
export async function startHttp(
  port: number,
  names: readonly string[],
  shared: Shared,
  addresses: Addresses,
): Promise<Service> {
  const { dist, guard, log, holderOf, prepared, live, host = '' } = shared;
  try {
    const server = await startHttpServer({
      prepared,
      api: (request, response, name) => live()?.api(request, response, name) ?? null,
      hooks: {
        beforeSeed: async () => live()?.hooks.beforeSeed(),
        began: (sending) => live()?.hooks.began(sending) ?? (() => {}),
      },
      files: createDistFiles(dist),
      sendSmall: createSmall(dist),
      guard,
      names: comparable([host, ...names, ...ownNames()]),
      port,
      addresses: addresses.http ?? [],
      holderOf,
      log,
    });
    const endpoint = endpointOf(server.addresses, shared);
    const follow = async ({ http }: Addresses) => {
      const binding = { service: 'http', port: endpoint?.port ?? port } as const;
      tell(await server.follow(http), binding, log);
    };
    return { endpoint, faults: [], follow, close: server.close };
  } catch (error) {
    return unbound(bindFailed({ service: 'http', port }, error as NodeJS.ErrnoException));
  }
}

const NO_ADDRESS = 'tftp: this computer has no address to serve at';

/** An address that is gone or taken is skipped, as long as another remains. */
export async function startTftp(
  port: number,
  shared: Shared,
  addresses: Addresses,
): Promise<Service> {
  const { dist, log, holderOf, prepared, live } = shared;
  const root = createDistFiles(dist, TFTP_ROOT);
  const files: Files = { open: (name) => prepared.then(() => root.open(name)) };
  const server = await startTftpServer({
    files,
    port,
    addresses: addresses.tftp,
    holderOf,
    mtuTo: linkMtu(),
    log: (event) => {
      live()?.tftp(event);
      log(tftpLogEvent(event));
    },
  });
  const binding = { service: 'tftp', port } as const;
  const endpoint = endpointOf(server.addresses, shared);
  const [first] = server.unbound;
  if (endpoint === null) {
    await server.close();
    return unbound(first === undefined ? NO_ADDRESS : bindFailed(binding, first.error));
  }
  tell(server.unbound, binding, log);
  const follow = async ({ tftp }: Addresses) => tell(await server.follow(tftp), binding, log);
  return { endpoint, faults: [], follow, close: () => server.close() };
}

/** @param http where dist/ is served, for HTTP boot */
export async function startProxy(
  { dist, log, live }: Shared,
  addresses: Addresses,
  http: Endpoint | null,
): Promise<Service> {
  const networksOf = ({ tftp }: Addresses) => chooseNetworks(tftp, ownInterfaces());
  const server = await startProxyDhcp({
    networks: networksOf(addresses),
    httpPort: http?.port ?? null,
    has: (file) => existsSync(join(dist, TFTP_ROOT, file)),
    log,
    onClient: (client: DhcpClient) => live()?.dhcp(client),
  });
  const follow = async (now: Addresses) => {
    for (const { message, code } of await server.follow(networksOf(now)))
      log(notBound('dhcp', message, code));
  };
  return { endpoint: null, faults: server.faults, follow, close: server.close };
}

function tell(failed: readonly Unbound[], binding: Binding, log: Log): void {
  for (const { address, error } of failed)
    log(notBound(binding.service, bindFailed(binding, error), error.code, address));
}

function unbound(fault: string): Service {
  return { endpoint: null, faults: [fault], follow: async () => {}, close: async () => {} };
}

/** One endpoint for several sockets: all addresses if they share a port, otherwise the first. */
function endpointOf(
  addresses: readonly { address: string; port: number }[],
  { interface: only }: Where,
): Endpoint | null {
  const [first] = addresses;
  if (first === undefined) return null;
  const { address, port } = first;
  const shared = addresses.length > 1 && addresses.every((other) => other.port === port);
  const all = isUnspecified(address) || (shared && only === undefined);
  return { host: all ? '0.0.0.0' : address, port };
}
