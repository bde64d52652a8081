// The timeline of all machines: takes sightings, tells what has changed. In memory it holds the
// inventory's machines and a bounded number of others.
import type { InventoryNode } from '../../contract/inventory.ts';
import type {
  FoundingView,
  NodeView,
  TimelineEvents,
  TimelineView,
} from '../../contract/timeline.ts';
import type { Built } from '../built.ts';
import { type Machine, see } from './machine.ts';
import type { Sighting } from './sighting.ts';
import { stuckAt, viewNode, viewUnknown } from './view.ts';

/** Machines remembered that nodes.yaml does not have; anybody can make them up, so the oldest goes. */
const MAX_UNKNOWN = 256;

/** One event of TimelineEvents. */
export type TimelineEvent = {
  readonly [K in keyof TimelineEvents]: { readonly event: K; readonly data: TimelineEvents[K] };
}[keyof TimelineEvents];

/** A machine before and after a sighting. */
export interface Seen {
  readonly before: Machine | null;
  readonly after: Machine;
}

export interface Surroundings {
  /** What dist/ says now; null when that cannot be read. */
  readonly built: () => Built | null;
  readonly founding: () => FoundingView;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Timeline {
  readonly #around: Surroundings;
  #built: Built | null;
  /** Machines by MAC address, apart because anybody can make up others than the inventory's. */
  readonly #nodes = new Map<string, Machine>();
  /** The one seen last at the end. */
  readonly #strangers = new Map<string, Machine>();
  /** MAC addresses of which listeners have not been told the latest. */
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  /** MAC addresses of which listeners were told that they are stuck. */
  readonly #stuck = new Set<string>();
  #toldFounding: string;
  #revision = 0;

  constructor(around: Surroundings, saved: readonly Machine[] = []) {
    this.#around = around;
    this.#built = around.built();
    this.#toldFounding = JSON.stringify(around.founding());
    for (const machine of saved) this.#keep(machine);
  }

  /** Grows with each sighting that is worth something. */
  get revision(): number {
    return this.#revision;
  }

  /** All that is worth keeping over a restart. */
  get machines(): readonly Machine[] {
    return [...this.#nodes.values(), ...this.#strangers.values()];
  }

  /** Takes one sighting in. @returns what became of the machine; null when nothing did */
  see(sighting: Sighting): Seen | null {
    const before = this.#nodes.get(sighting.mac) ?? this.#strangers.get(sighting.mac) ?? null;
    const after = see(before, sighting);
    if (after === null || after === before) return null;
    this.#keep(after);
    this.#changed.add(after.mac);
    this.#revision += 1;
    return { before, after };
  }

  /** What changed since the last call, also by the passing of time. */
  changes(): TimelineEvent[] {
    const built = this.#around.built();
    if (built !== this.#built) {
      this.#rebuilt(built);
      return [{ event: 'timeline', data: this.view() }];
    }
    const events = [...this.#foundingChange(), ...this.#nodeChanges(), ...this.#unknownChanges()];
    this.#changed.clear();
    this.#gone.clear();
    return events;
  }

  view(): TimelineView {
    const now = this.#around.now();
    return {
      version: 1,
      now,
      built: this.#built?.at ?? null,
      cluster: this.#built?.inventory.cluster ?? '',
      founding: this.#around.founding(),
      nodes: this.#built?.inventory.nodes.map((node) => this.#viewNode(node, now)) ?? [],
      unknown: [...this.#strangers.values()].map(viewUnknown).reverse(),
    };
  }

  /** The node of a MAC address; undefined where nodes.yaml has none. */
  nameOf(mac: string): string | undefined {
    return this.#built?.nodeOf(mac)?.name;
  }

  #keep(machine: Machine): void {
    if (this.nameOf(machine.mac) !== undefined) {
      this.#nodes.set(machine.mac, machine);
      return;
    }
    this.#strangers.delete(machine.mac);
    this.#strangers.set(machine.mac, machine);
    if (this.#strangers.size <= MAX_UNKNOWN) return;
    const [oldest = ''] = this.#strangers.keys();
    this.#strangers.delete(oldest);
    this.#changed.delete(oldest);
    this.#gone.add(oldest);
  }

  #rebuilt(built: Built | null): void {
    const { machines } = this;
    this.#built = built;
    for (const set of [this.#nodes, this.#strangers, this.#changed, this.#gone]) set.clear();
    for (const machine of [...machines].sort((a, b) => a.seen - b.seen)) this.#keep(machine);
    this.#gone.clear();
  }

  #foundingChange(): TimelineEvent[] {
    const data = this.#around.founding();
    const text = JSON.stringify(data);
    if (text === this.#toldFounding) return [];
    this.#toldFounding = text;
    return [{ event: 'founding', data }];
  }

  #nodeChanges(): TimelineEvent[] {
    const now = this.#around.now();
    const changed = new Set<InventoryNode>();
    for (const machine of this.#nodes.values()) {
      const isStuck = stuckAt(machine, now) !== null;
      if (isStuck === this.#stuck.has(machine.mac) && !this.#changed.has(machine.mac)) continue;
      if (isStuck) this.#stuck.add(machine.mac);
      else this.#stuck.delete(machine.mac);
      const node = this.#built?.nodeOf(machine.mac);
      if (node !== undefined) changed.add(node);
    }
    return [...changed].map((node) => ({ event: 'node', data: this.#viewNode(node, now) }));
  }

  #unknownChanges(): TimelineEvent[] {
    const changed = [...this.#changed].flatMap((mac) => this.#strangers.get(mac) ?? []);
    const gone = [...this.#gone].filter((mac) => !this.#strangers.has(mac));
    return [
      ...gone.map((mac) => ({ event: 'unknown-gone' as const, data: { mac } })),
      ...changed.map((machine) => ({ event: 'unknown' as const, data: viewUnknown(machine) })),
    ];
  }

  /** A node with several cards is where the one seen last is. */
  #viewNode(node: InventoryNode, now: number): NodeView {
    const machines = node.macs.flatMap((mac) => this.#nodes.get(mac) ?? []);
    const latest = machines.sort((a, b) => b.seen - a.seen)[0] ?? null;
    return viewNode(node, latest, now, (os, stage) => this.#built?.expected(os, stage) ?? null);
  }
}
