// The shim: dist/ over HTTP and TFTP. Binds first and reads later, so that privileges needed only for
// binding can be dropped in between.
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MANIFEST } from '../contract/paths.ts';
import type { FetchView } from '../contract/timeline.ts';
import { openAddresses, type Where } from './addresses.ts';
import { followAddresses, warnOfLoopback } from './follow-addresses.ts';
import { clientMac } from './guard/client-mac.ts';
import { createGuard } from './guard/guard.ts';
import { systemNetwork } from './guard/system.ts';
import { HttpLines } from './http-log.ts';
import { Live } from './live.ts';
import type { Log } from './log.ts';
import { distUnreadable, notDist } from './serve-errors.ts';
import { type Endpoint, type Service, startHttp, startProxy, startTftp } from './services.ts';
import { holdersBy } from './sources.ts';
import { MacCache } from './timeline/mac-cache.ts';

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
  /** Called with the addresses that are served when they have changed, once the log says so. */
  readonly onAddresses?: (addresses: readonly string[]) => void;
  readonly log: Log;
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
  const addresses = await openAddresses(options);
  const { first } = addresses;
  const { shared, goLive, giveUp, lines } = openShared(options, dist);
  const { live, log } = shared;
  const http = await startHttp(options.httpPort, options.names ?? [], shared, first);
  const tftp = await startTftp(options.tftpPort, shared, first);
  const proxy = options.proxyDhcp ? [await startProxy(shared, first, http.endpoint)] : [];
  const services = [http, tftp, ...proxy];
  let stopWatch = async () => {};
  const close = async () => {
    live()?.endStreams();
    await stopWatch();
    await Promise.all(services.map((service) => service.close()));
    await live()?.close();
    lines.close();
  };
  try {
    await options.prepare?.();
    await checkBuilt(dist, options.dist);
    goLive();
  } catch (error) {
    giveUp(error);
    await close();
    throw error;
  }
  warnOfLoopback(options.host, addresses.resolved, log);
  const inventory = () => live()?.inventory() ?? null;
  // Where neither could bind, the caller ends: nothing may keep the process alive.
  if (http.endpoint !== null || tftp.endpoint !== null) {
    const watched = { addresses, services, http: http.endpoint, inventory, log };
    stopWatch = followAddresses({ ...options, ...watched });
  }
  const faults = services.flatMap((service) => service.faults);
  const proxyDhcp = proxyState(proxy);
  return { http: http.endpoint, tftp: tftp.endpoint, proxyDhcp, faults, close };
}

/** What all services share; they wait until `goLive` or `giveUp` is called. */
function openShared(options: ShimOptions, dist: string) {
  const { state, secrets, fetching, host, interface: only } = options;
  const prepared = Promise.withResolvers<void>();
  prepared.promise.catch(() => {});
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
  const services = { prepared: prepared.promise, live: () => live };
  const shared = { dist, guard, log, holderOf, host, interface: only, ...services };
  const goLive = () => {
    const macs = newMacs();
    live = new Live({ dist, state, secrets, guard, macs, holderOf, fetching, log: options.log });
    prepared.resolve();
  };
  return { shared, goLive, giveUp: prepared.reject, lines };
}

function proxyState([proxy]: readonly Service[]): ProxyState {
  if (proxy === undefined) return 'off';
  return proxy.faults.length === 0 ? 'on' : 'partly';
}

/** @param shown the folder as the user named it */
async function checkBuilt(dist: string, shown: string): Promise<void> {
  const stats = await stat(join(dist, MANIFEST)).catch(({ code }) => {
    throw code === 'EACCES' ? distUnreadable(shown) : notDist(shown);
  });
  if (!stats.isFile()) throw notDist(shown);
}

const now = () => performance.now();
