// The timeline of all machines: takes sightings, reports changes. In memory it holds the inventory's
// machines and a bounded number of others.
import type { InventoryNode } from '../../contract/inventory.ts';
import type {
  EnrolmentView,
  FetchView,
  FoundingView,
  NodeView,
  TimelineEvents,
  TimelineView,
} from '../../contract/timeline.ts';
import type { Built } from '../built.ts';
import { isOverruled } from './doubt.ts';
import { type Machine, see } from './machine.ts';
import type { Sighting } from './sighting.ts';
import { type Expected, stuckAt, viewNode, viewUnknown } from './view.ts';

/** Unknown machines remembered; anyone can make them up, so the oldest are dropped. */
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

export interface TimelineContext {
  /** What dist/ says now; null when it cannot be read. */
  readonly built: () => Built | null;
  readonly founding: () => FoundingView;
  /** Of a node, at a time. */
  readonly enrolment: (name: string, now: number) => EnrolmentView;
  /** What Genesis fetches now; null: nothing. Default: nothing. */
  readonly fetching?: (() => FetchView | null) | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export class Timeline {
  readonly #context: TimelineContext;
  #built: Built | null;
  /** The inventory's machines by MAC address; separate, since anyone can make up other ones. */
  readonly #nodes = new Map<string, Machine>();
  /** Most recently seen last. */
  readonly #strangers = new Map<string, Machine>();
  /** MAC addresses with changes not yet reported to listeners. */
  readonly #changed = new Set<string>();
  readonly #gone = new Set<string>();
  /** MAC addresses reported to listeners as stuck. */
  readonly #stuck = new Set<string>();
  #toldFounding: string;
  #toldFetch: string;
  /** By node, as listeners know it. */
  readonly #toldEnrolment = new Map<string, string>();
  #revision = 0;

  constructor(context: TimelineContext, saved: readonly Machine[] = []) {
    this.#context = context;
    this.#built = context.built();
    this.#toldFounding = JSON.stringify(context.founding());
    this.#toldFetch = JSON.stringify(this.#fetching());
    for (const machine of saved) this.#keep(machine);
    this.#enrolmentChanges(context.now());
  }

  /** Grows with each sighting that changes something. */
  get revision(): number {
    return this.#revision;
  }

  /** Everything worth keeping across a restart. */
  get machines(): readonly Machine[] {
    return [...this.#nodes.values(), ...this.#strangers.values()];
  }

  /** Applies one sighting. @returns the machine before and after; null when nothing changed */
  see(sighting: Sighting): Seen | null {
    if (this.#cardsWith(sighting.mac).some((card) => isOverruled(card, sighting))) return null;
    const before = this.#nodes.get(sighting.mac) ?? this.#strangers.get(sighting.mac) ?? null;
    const after = see(before, sighting);
    if (after === null || after === before) return null;
    this.#keep(after);
    this.#changed.add(after.mac);
    this.#revision += 1;
    return { before, after };
  }

  /** What has changed since the last call, also merely by time passing. */
  changes(): TimelineEvent[] {
    const built = this.#context.built();
    if (built !== this.#built) {
      this.#rebuilt(built);
      return [{ event: 'timeline', data: this.view() }];
    }
    const events = [
      ...this.#foundingChange(),
      ...this.#fetchChange(),
      ...this.#nodeChanges(),
      ...this.#unknownChanges(),
    ];
    this.#changed.clear();
    this.#gone.clear();
    return events;
  }

  view(): TimelineView {
    const now = this.#context.now();
    const fetch = this.#fetching();
    return {
      version: 1,
      now,
      built: this.#built?.at ?? null,
      cluster: this.#built?.inventory.cluster ?? '',
      founding: this.#context.founding(),
      nodes: this.#built?.inventory.nodes.map((node) => this.#viewNode(node, now)) ?? [],
      unknown: [...this.#strangers.values()].map(viewUnknown).reverse(),
      ...(fetch !== null && { fetch }),
    };
  }

  /** The name of the node with this MAC address; undefined if nodes.yaml has none. */
  nameOf(mac: string): string | undefined {
    return this.#built?.nodeOf(mac)?.name;
  }

  /** What was seen of all cards of the node with this MAC address; empty for strangers. */
  #cardsWith(mac: string): Machine[] {
    const node = this.#built?.nodeOf(mac);
    return node?.macs.flatMap((each) => this.#nodes.get(each) ?? []) ?? [];
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
    this.#toldEnrolment.clear();
    this.#enrolmentChanges(this.#context.now());
    for (const set of [this.#nodes, this.#strangers, this.#changed, this.#gone]) set.clear();
    for (const machine of [...machines].sort((a, b) => a.seen - b.seen)) this.#keep(machine);
    this.#gone.clear();
  }

  #foundingChange(): TimelineEvent[] {
    const data = this.#context.founding();
    const text = JSON.stringify(data);
    if (text === this.#toldFounding) return [];
    this.#toldFounding = text;
    return [{ event: 'founding', data }];
  }

  #fetching(): FetchView | null {
    return this.#context.fetching?.() ?? null;
  }

  #fetchChange(): TimelineEvent[] {
    const data = this.#fetching();
    const text = JSON.stringify(data);
    if (text === this.#toldFetch) return [];
    this.#toldFetch = text;
    return [{ event: 'fetch', data }];
  }

  #nodeChanges(): TimelineEvent[] {
    const now = this.#context.now();
    const changed = new Set<InventoryNode>();
    for (const machine of this.#nodes.values()) {
      const isStuck = stuckAt(machine, now) !== null;
      if (isStuck === this.#stuck.has(machine.mac) && !this.#changed.has(machine.mac)) continue;
      if (isStuck) this.#stuck.add(machine.mac);
      else this.#stuck.delete(machine.mac);
      const node = this.#built?.nodeOf(machine.mac);
      if (node !== undefined) changed.add(node);
    }
    for (const node of this.#enrolmentChanges(now)) changed.add(node);
    return [...changed].map((node) => ({ event: 'node', data: this.#viewNode(node, now) }));
  }

  #enrolmentChanges(now: number): InventoryNode[] {
    return (this.#built?.inventory.nodes ?? []).filter(({ name }) => {
      const text = JSON.stringify(this.#context.enrolment(name, now));
      if (text === this.#toldEnrolment.get(name)) return false;
      this.#toldEnrolment.set(name, text);
      return true;
    });
  }

  #unknownChanges(): TimelineEvent[] {
    const changed = [...this.#changed].flatMap((mac) => this.#strangers.get(mac) ?? []);
    const gone = [...this.#gone].filter((mac) => !this.#strangers.has(mac));
    return [
      ...gone.map((mac) => ({ event: 'unknown-gone' as const, data: { mac } })),
      ...changed.map((machine) => ({ event: 'unknown' as const, data: viewUnknown(machine) })),
    ];
  }

  /** A node with several cards is shown by the one seen last. */
  #viewNode(node: InventoryNode, now: number): NodeView {
    const [mac = ''] = node.macs;
    const latest = this.#cardsWith(mac).sort((a, b) => b.seen - a.seen)[0] ?? null;
    const expected: Expected = (os, stage) => this.#built?.expected(os, stage) ?? null;
    return viewNode(node, latest, now, expected, this.#context.enrolment(node.name, now));
  }
}
