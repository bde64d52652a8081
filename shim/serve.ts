// The shim: dist/ over HTTP and TFTP. Binds first and reads later, so that privileges needed only for
// binding can be dropped in between.
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { join, resolve } from 'node:path';
import { MANIFEST, TFTP_ROOT } from '../contract/paths.ts';
import type { FetchView } from '../contract/timeline.ts';
import { type Addresses, chooseAddresses, isUnspecified, type Where } from './addresses.ts';
import { createDistFiles, type Files } from './files.ts';
import { clientMac } from './guard/client-mac.ts';
import { createGuard, type Guard } from './guard/guard.ts';
import { systemNetwork } from './guard/system.ts';
import { startHttpServer } from './http/server.ts';
import { createSmall } from './http/small.ts';
import { HttpLines } from './http-log.ts';
import { Live } from './live.ts';
import type { Log } from './log.ts';
import { chooseNetworks } from './proxy-dhcp/networks.ts';
import { startProxyDhcp } from './proxy-dhcp/server.ts';
import { bindFailed, distUnreadable, notDist } from './serve-errors.ts';
import { type HolderOf, holdersBy } from './sources.ts';
import { startTftpServer } from './tftp/server.ts';
import { tftpLogEvent } from './tftp-log.ts';
import { MacCache } from './timeline/mac-cache.ts';
import type { DhcpClient } from './timeline/observer.ts';

export const GUARD_MODES = ['mac', 'off'] as const;
export type GuardMode = (typeof GUARD_MODES)[number];

export interface ShimOptions extends Where {
  /** The folder that the build made. */
  readonly dist: string;
  /** 0 for any free port. */
  readonly httpPort: number;
  /** 0 for any free port, which may differ between addresses. */
  readonly tftpPort: number;
  readonly guard: GuardMode;
  /** The folder for what must survive a restart; created when something is to be written. */
  readonly state: string;
  /** The folder whose issued/ has what nodes get when they enrol. */
  readonly secrets: string;
  /** Names of this computer that browsers may use, besides its addresses and `host`. */
  readonly names?: readonly string[];
  /** Adds boot files to the offers of a DHCP server that cannot be changed. */
  readonly proxyDhcp?: boolean;
  /** What this computer fetches now, for the page; null: nothing. */
  readonly fetching?: () => FetchView | null;
  /**
   * Runs once everything is bound, before any file is read or any request answered: drops root,
   * builds. If it rejects, the shim ends.
   */
  readonly prepare?: () => Promise<void>;
  readonly log: Log;
}

/** Where a service listens. */
export interface Endpoint {
  /** An IP address; `0.0.0.0` for all. */
  readonly host: string;
  readonly port: number;
}

/** `partly`: something could not be bound; `faults` says what. */
export type ProxyState = 'off' | 'on' | 'partly';

export interface Shim {
  /** Null if it could not bind; `faults` says why. */
  readonly http: Endpoint | null;
  readonly tftp: Endpoint | null;
  readonly proxyDhcp: ProxyState;
  /** For each service that could not bind: why, and the command that allows it. */
  readonly faults: readonly string[];
  /** Gives running transfers a few seconds to finish, then frees everything. */
  close(): Promise<void>;
}

/**
 * Serves dist/ until closed. If one service cannot bind, the other still runs.
 * @throws {UserError} when dist is not a built tree, or host and interface name none of our addresses
 */
export async function startShim(options: ShimOptions): Promise<Shim> {
  const dist = resolve(options.dist);
  const addresses = await chooseAddresses(options);
  const prepared = Promise.withResolvers<void>();
  prepared.promise.catch(() => {});
  /** Null until `prepare` is done. */
  let live: Live | null = null;
  const network = systemNetwork();
  const guard = options.guard === 'off' ? null : createGuard(network);
  const lines = new HttpLines(options.log, now);
  const log: Log = (event) => {
    const named = live?.named(event) ?? event;
    if (lines.admits(named)) options.log(named);
  };
  const newMacs = () => new MacCache((client, local) => clientMac(network, client, local), now);
  // Not shared with the timeline: without a guard, its cache takes a client's word for who it is.
  const seen = newMacs();
  const macOf = (client: string, local: string) => seen.macOf(client, local);
  const holderOf = holdersBy({ macOf, isNode: (mac) => live?.isNode(mac) ?? false });
  const shared = { dist, guard, log, holderOf, prepared: prepared.promise, live: () => live };
  const [http, tftp] = await Promise.all([
    startHttp(options, shared, addresses),
    startTftp(options, shared, addresses),
  ]);
  const proxy = options.proxyDhcp ? await startProxy(shared, addresses, http.endpoint) : null;
  const services = [http, tftp, ...(proxy === null ? [] : [proxy])];
  const close = async () => {
    live?.endStreams();
    await Promise.all(services.map((service) => service.close()));
    await live?.close();
    lines.close();
  };
  try {
    await options.prepare?.();
    await checkBuilt(dist, options.dist);
    const { state, secrets, fetching } = options;
    const macs = newMacs();
    live = new Live({ dist, state, secrets, guard, macs, holderOf, fetching, log: options.log });
    prepared.resolve();
  } catch (error) {
    prepared.reject(error);
    await close();
    throw error;
  }
  const faults = [http.fault ?? [], tftp.fault ?? [], proxy?.faults ?? []].flat();
  const proxyDhcp = proxy === null ? 'off' : proxy.faults.length === 0 ? 'on' : 'partly';
  return { http: http.endpoint, tftp: tftp.endpoint, proxyDhcp, faults, close };
}

/** @param shown the folder as the user named it */
async function checkBuilt(dist: string, shown: string): Promise<void> {
  const stats = await stat(join(dist, MANIFEST)).catch(({ code }) => {
    throw code === 'EACCES' ? distUnreadable(shown) : notDist(shown);
  });
  if (!stats.isFile()) throw notDist(shown);
}

interface Service {
  readonly endpoint: Endpoint | null;
  readonly fault?: string;
  close(): Promise<void>;
}

const now = () => performance.now();

/** What both services share. */
interface Shared {
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

async function startHttp(
  options: ShimOptions,
  { dist, guard, log, holderOf, prepared, live }: Shared,
  { http: addresses }: Addresses,
): Promise<Service> {
  const { httpPort: port, host = '' } = options;
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
      names: [host, ...(options.names ?? [])].map((name) => name.toLowerCase()),
      port,
      addresses,
      holderOf,
      log,
    });
    return { endpoint: endpointOf(server.addresses, options), close: server.close };
  } catch (error) {
    return unbound(bindFailed({ service: 'http', port }, error as NodeJS.ErrnoException));
  }
}

/** An address that is gone or taken is skipped, as long as another remains. */
async function startTftp(
  options: ShimOptions,
  { dist, log, holderOf, prepared, live }: Shared,
  { tftp }: Addresses,
): Promise<Service> {
  const { tftpPort: port } = options;
  const root = createDistFiles(dist, TFTP_ROOT);
  const files: Files = { open: (name) => prepared.then(() => root.open(name)) };
  for (let addresses = tftp; ; ) {
    try {
      const server = await startTftpServer({
        files,
        port,
        addresses,
        holderOf,
        log: (event) => {
          live()?.tftp(event);
          log(tftpLogEvent(event));
        },
      });
      return { endpoint: endpointOf(server.addresses, options), close: () => server.close() };
    } catch (error) {
      const { address, code } = error as NodeJS.ErrnoException & { address?: string };
      const fault = bindFailed({ service: 'tftp', port }, error as NodeJS.ErrnoException);
      const others = addresses.filter((other) => other !== address);
      const hopeless = code === 'EACCES' || others.length === addresses.length;
      if (hopeless || others.length === 0) return unbound(fault);
      log({ area: 'tftp', event: 'not bound', fields: { address, reason: fault } });
      addresses = others;
    }
  }
}

function startProxy({ dist, log, live }: Shared, { tftp }: Addresses, http: Endpoint | null) {
  const networks = chooseNetworks(tftp, networkInterfaces());
  const onClient = (client: DhcpClient) => live()?.dhcp(client);
  const has = (file: string) => existsSync(join(dist, TFTP_ROOT, file));
  return startProxyDhcp({ networks, httpPort: http?.port ?? null, has, log, onClient });
}

function unbound(fault: string): Service {
  return { endpoint: null, fault, close: async () => {} };
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
