// The wait until all machines of a shelf are one cluster, each by its own word.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Etcd, etcdctlWords, readEtcd } from '../etcd.ts';
import type { Lan } from '../lan.ts';
import type { Machine } from '../machine.ts';
import { runProgram } from '../program.ts';
import { refusal } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { addressOf, type Place } from './places.ts';

/** What a machine says if it will not become a member. */
const REFUSED = refusal('network', "cannot read this node's configuration.*");
const LOOK_EVERY_MS = 2000;

/** A cluster as one of its machines knows it: its id, and the names of its members, sorted. */
export type Known = Pick<Etcd, 'clusterId' | 'members'>;

export interface Wait {
  /** Asks one machine; null while it has no answer. */
  readonly ask: (place: Place) => Promise<Known | null>;
  /** After this the wait has failed. */
  readonly seconds: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
  /** Told of each answer. */
  readonly heard?: (place: Place, known: Known) => void;
}

/**
 * Waits until each machine knows exactly these machines as members, of one cluster.
 * @returns the cluster's id
 * @throws when a machine gives up or ends, there are two clusters, or the time is over
 */
export async function untilOneCluster(
  scene: Scene,
  places: readonly Place[],
  machines: readonly Machine[],
  { ask, seconds, signal, heard = () => {} }: Wait,
): Promise<string> {
  const end = performance.now() + seconds * 1000;
  const names = places.map(({ name }) => name).join();
  const ended = firstEnd(machines);
  for (;;) {
    const seen = await Promise.all(places.map(ask));
    for (const [index, place] of places.entries()) {
      const known = seen[index];
      if (known != null) heard(place, known);
    }
    if (seen.every((one) => one?.members.join() === names)) return oneOf(seen);
    for (const machine of machines) refuseGivenUp(machine);
    if (performance.now() > end) {
      await writeFile(join(scene.logs, 'members.json'), JSON.stringify(seen, null, 2));
      const said = machines.map(({ console }) => console.tail(8)).join('\n');
      throw new Error(`no cluster of ${places.length} within ${seconds} s\n${said}`);
    }
    await Promise.race([ended, sleep(LOOK_EVERY_MS, undefined, { signal })]);
  }
}

/** Rejects when one of the machines has ended, which none does on its own. */
function firstEnd(machines: readonly Machine[]): Promise<never> {
  const ends = machines.map(async ({ off, console }): Promise<never> => {
    await off;
    throw new Error(`a machine has ended\n${console.tail()}`);
  });
  const first = Promise.race(ends);
  // Later, when nobody waits any more, they end as they should.
  first.catch(() => {});
  return first;
}

function refuseGivenUp({ console }: Machine): void {
  const refused = REFUSED.exec(console.text);
  if (refused === null) return;
  throw new Error(`a machine did not become a node: ${refused[0]}\n${console.tail()}`);
}

function oneOf(seen: readonly (Known | null)[]): string {
  const ids = new Set(seen.map((one) => one?.clusterId));
  if (ids.size !== 1) throw new Error(`more than one cluster: ${[...ids].join(' ')}`);
  return [...ids].join();
}

/** Runs etcdctl on the LAN, with whichever of these machines' etcd answers; the stand-in's needs no key. */
export function etcdOf(lan: Lan, places: readonly Place[]) {
  const endpoints = places.map((place) => `http://${addressOf(place)}:2379`).join();
  return (...words: readonly string[]) =>
    runProgram(lan.inside(etcdctlWords([`--endpoints=${endpoints}`], words)), { seconds: 15 });
}

/** Asks a machine with the stand-in. */
export function askStandIn(lan: Lan): Wait['ask'] {
  return (place) => readEtcd(etcdOf(lan, [place]));
}
