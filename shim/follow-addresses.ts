// Serves where this computer is: when its addresses change, the services follow, and the log says so.
import type { InventoryFile } from '../contract/inventory.ts';
import { urlHost } from '../messages/url-host.ts';
import { type AddressChange, watchAddresses } from './address-watch.ts';
import type { Addresses, OwnAddresses } from './addresses.ts';
import { addressFaults } from './genesis-address.ts';
import type { Log } from './log.ts';
import { ownInterfaces } from './own-interfaces.ts';
import type { Endpoint, Service } from './services.ts';
import { isLoopback } from './unmapped.ts';

export interface FollowOptions {
  readonly addresses: OwnAddresses;
  readonly services: readonly Service[];
  /** Where the page is; null if nowhere. */
  readonly http: Endpoint | null;
  readonly inventory: () => InventoryFile | null;
  readonly log: Log;
  readonly onAddresses?: (addresses: readonly string[]) => void;
}

/** @returns a function that ends it, and resolves once nothing is under way */
export function followAddresses(options: FollowOptions): () => Promise<void> {
  const { addresses, services, log, onAddresses } = options;
  const warn = onlyNew((reason) => log({ area: 'shim', event: 'address', fields: { reason } }));
  const check = () => {
    const inventory = options.inventory();
    warn(inventory === null ? [] : addressFaults(inventory, everyAddress()));
  };
  check();
  return watchAddresses<Addresses>({
    look: addresses.look,
    follow: async (now) => {
      await Promise.all(services.map((service) => service.follow(now)));
      check();
    },
    addressesOf: ({ tftp }) => tftp,
    first: addresses.first.tftp,
    onChange: (change) => {
      log({ area: 'shim', event: 'addresses changed', fields: fieldsOf(change, options.http) });
      onAddresses?.(change.now);
    },
  });
}

/** A name for this computer is often one for its loopback address, on Debian for instance. */
export function warnOfLoopback(host: string | undefined, resolved: string | null, log: Log): void {
  if (resolved === null || !isLoopback(resolved)) return;
  const reason = `--host ${host} is ${resolved} here, which machines cannot reach`;
  const hint = 'leave --host out, or give an address';
  log({ area: 'shim', event: 'address', fields: { reason, hint } });
}

function everyAddress(): string[] {
  return Object.values(ownInterfaces()).flatMap((own) => (own ?? []).map(({ address }) => address));
}

function fieldsOf({ now, came, gone }: AddressChange, http: Endpoint | null) {
  const reachable = now.filter((address) => !isLoopback(address));
  return {
    gone: listed(gone),
    new: listed(came),
    page:
      http === null
        ? undefined
        : listed(reachable.map((one) => `http://${urlHost(one)}:${http.port}/`)),
    ...(reachable.length === 0 && { reason: 'machines cannot reach this computer now' }),
  };
}

function listed(words: readonly string[]): string | undefined {
  return words.length === 0 ? undefined : words.join(',');
}

/** Says each reason once, and again when it has been away. */
function onlyNew(say: (reason: string) => void): (reasons: readonly string[]) => void {
  let told: readonly string[] = [];
  return (reasons) => {
    for (const reason of reasons) if (!told.includes(reason)) say(reason);
    told = reasons;
  };
}
