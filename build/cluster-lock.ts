// cluster.lock.json: what must survive between builds (design section 6). Majorities of two
// inventories may not meet, so every set of servers that machines may have seen is kept; a founding
// needs a majority of each, as in Raft's joint consensus.
import { z } from 'zod';
import { epochSchema } from '../contract/epoch.ts';
import { parseFile } from '../contract/parse-file.ts';
import type { PublishedSet } from '../contract/published.ts';
import { ownPlace } from './document.ts';
import type { Fault } from './faults.ts';
import type { Inventory } from './inventory.ts';
import type { ReadText } from './read-text.ts';

/** Beside nodes.yaml. */
export const CLUSTER_LOCK = 'cluster.lock.json';

const setSchema = z.array(z.string()).min(1);
const lockSchema = z.strictObject({
  version: z.literal(1),
  /** See fingerprintOf in token-fingerprint.ts; null before the first build. */
  token: z.string().nullable(),
  /** Epoch → published sets, each sorted. */
  epochs: z.record(z.string().regex(/^[1-9]\d*$/), z.array(setSchema)),
  /** Published server → its MAC addresses, to recognize a renamed one. */
  macs: z.record(z.string(), z.array(z.string())),
  /** The epoch of the cluster whose secrets were last rotated, which is founded for ever; missing: never. */
  rotated: z.optional(epochSchema),
});

export type ClusterLock = z.infer<typeof lockSchema>;

const EMPTY: ClusterLock = { version: 1, token: null, epochs: {}, macs: {} };

/**
 * Reads a cluster lock; an absent one is empty.
 * @throws {UserError} when it is damaged
 */
export function readClusterLock(path: string, readText: ReadText): ClusterLock {
  const text = readText(path);
  if (text === null) return EMPTY;
  return parseFile(lockSchema, text, path, 'restore it from version control');
}

/** Servers of an inventory by name, with their MAC addresses in canonical form. */
export type Servers = ReadonlyMap<string, readonly string[]>;

export interface LockChange {
  readonly epoch: number;
  readonly servers: Servers;
  /** The sets that the shim saw machines fetch. */
  readonly published: readonly PublishedSet[];
  /** The tree is served by a server that reports nothing: its set counts from now on. */
  readonly publishesNow: boolean;
  /** `cluster.founded: true`: the cluster exists, so old sets no longer matter. */
  readonly founded: boolean;
  /** `build --never-booted`: no machine has ever seen a set. */
  readonly neverBooted: boolean;
  readonly fingerprint: string;
}

/** The lock after a build. The same lock and change give the same result. */
export function nextLock(lock: ClusterLock, change: LockChange): ClusterLock {
  const { epoch, servers, published, publishesNow } = change;
  const kept = change.neverBooted ? { ...EMPTY, token: null } : lock;
  const macs = { ...kept.macs };
  const epochs = change.founded ? {} : structuredClone(kept.epochs);
  const current = { epoch, servers: [...servers.keys()].sort() };
  const sets = [...(change.neverBooted ? [] : published), ...(publishesNow ? [current] : [])];
  for (const set of sets) {
    if (set.servers.length === 0) continue;
    for (const name of set.servers) {
      if (!Object.hasOwn(macs, name)) macs[name] = [...(servers.get(name) ?? [])];
    }
    if (!change.founded) addSet(epochs, set);
  }
  const { rotated } = kept;
  return {
    version: 1,
    token: kept.token ?? change.fingerprint,
    epochs,
    macs: sortKeys(macs),
    ...(rotated !== undefined && { rotated }),
  };
}

/** The MACs of a published server; undefined for others, including inherited names (`constructor`). */
function macsOf({ macs }: ClusterLock, name: string) {
  return Object.hasOwn(macs, name) ? macs[name] : undefined;
}

function addSet(epochs: Record<string, string[][]>, { epoch, servers }: PublishedSet) {
  const sets = epochs[epoch] ?? [];
  const key = [...servers].sort().join(' ');
  if (!sets.some((set) => set.join(' ') === key)) sets.push(key.split(' '));
  epochs[epoch] = sets;
}

function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The sets of which a founding needs a majority each: those published in this epoch and before
 * (old majorities must seal the old epoch), less the abandoned names, and the inventory's own.
 */
export function foundingSets(
  lock: ClusterLock,
  epoch: number,
  servers: Servers,
  abandoned: readonly string[],
): string[][] {
  const sets = Object.entries(lock.epochs)
    .filter(([number]) => Number(number) <= epoch)
    .flatMap(([number, list]) =>
      Number(number) === epoch
        ? list
        : list.map((set) => set.filter((name) => !abandoned.includes(name))),
    );
  const own = [...servers.keys()].sort();
  const all = [...sets.filter((set) => set.length > 0), ...(own.length > 0 ? [own] : [])];
  return [...new Map(all.map((set) => [set.join(' '), set])).values()];
}

/** Published servers that are gone, renamed or no longer servers: each could hold data or a vote. */
export function checkPublished(inventory: Inventory, lock: ClusterLock, servers: Servers): Fault[] {
  const { document, offsetOf } = inventory;
  const abandoned = document.cluster.founding.abandon;
  const missing = Object.keys(lock.macs).filter(
    (name) => !servers.has(name) && !abandoned.includes(name),
  );
  return missing.flatMap((name) => {
    const index = document.nodes.findIndex((node) => node.name === name);
    const entry = document.nodes[index];
    if (entry?.removed) return [];
    if (entry !== undefined) {
      const message = `${name} was published as a server and cannot become an agent in place`;
      const hint =
        "set 'removed: true' until the others have removed it, then add it under a new name";
      return [{ offset: offsetOf(['nodes', index, 'role']), message, hint }];
    }
    return [goneFault(name, lock, servers, inventory)];
  });
}

function goneFault(
  name: string,
  lock: ClusterLock,
  servers: Servers,
  { document, offsetOf }: Inventory,
): Fault {
  const old = macsOf(lock, name) ?? [];
  const renamed = [...servers].find(([, macs]) => macs.some((mac) => old.includes(mac)))?.[0];
  if (renamed !== undefined) {
    const index = document.nodes.findIndex((node) => node.name === renamed);
    const message = `${renamed} was published as ${name}: a server cannot be renamed, because the cluster knows it by name`;
    return {
      offset: offsetOf(['nodes', index, 'name']),
      message,
      hint: `restore 'name: ${name}'`,
    };
  }
  const message = `machines may already know server ${name}; it cannot simply be removed`;
  const hint = `put it back with 'removed: true' until the others have removed it`;
  return { offset: offsetOf(['nodes']), message, hint };
}

/** A warning for each node that boots from disk but was never installed. */
export function warnNeverInstalled(inventory: Inventory, lock: ClusterLock): Fault[] {
  const { document, offsetOf } = inventory;
  return document.nodes.flatMap((node, index) => {
    const { name, boot, role } = node;
    if (boot !== 'local' || role !== 'server' || macsOf(lock, name) !== undefined) return [];
    const message = `${name} has 'boot: local' but was never installed`;
    const hint = "use 'boot: live' for its first boot";
    return [{ offset: offsetOf(ownPlace(node, index, 'boot', 'name')), message, hint }];
  });
}
