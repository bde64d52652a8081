// What the shim adds to plain files: it watches what machines fetch, takes their check-ins, stores what
// must survive, and feeds the page. The services report to it; none of them needs it in order to serve.
import type { InventoryFile } from '../contract/inventory.ts';
import { parseMac } from '../contract/mac.ts';
import type { FetchView } from '../contract/timeline.ts';
import { createApi } from './api/api.ts';
import { notRemembered } from './api/api-errors.ts';
import { EventStreams } from './api/events.ts';
import { createMetrics, type Metrics } from './api/metrics.ts';
import { type Built, createBuiltReader } from './built.ts';
import { Checkins } from './checkins.ts';
import { Enrolment } from './enrolment/enrolment.ts';
import { createIssuedReader } from './enrolment/issued.ts';
import { Founding } from './founding.ts';
import type { Guard } from './guard/guard.ts';
import type { Api, SendHooks } from './http/hooks.ts';
import type { Log, LogEvent } from './log.ts';
import { RequestRate } from './request-rate.ts';
import type { HolderOf } from './sources.ts';
import { type Journal, openJournal } from './state/checkin-journal.ts';
import { replay } from './state/last-timeline.ts';
import { readMachines, writeMachines } from './state/timeline-file.ts';
import { whyUnwritable } from './state/write-state.ts';
import type { TftpEvent } from './tftp/events.ts';
import type { MacCache } from './timeline/mac-cache.ts';
import { type DhcpClient, Observer } from './timeline/observer.ts';
import type { Sighting } from './timeline/sighting.ts';
import { lineOfSeen, lineOfStuck } from './timeline/tell.ts';
import { Timeline, type TimelineEvent } from './timeline/timeline.ts';

export interface LiveOptions {
  readonly dist: string;
  /** The folder for what must survive a restart; created when something is to be written. */
  readonly state: string;
  /** The folder whose issued/ has what nodes get when they enrol. */
  readonly secrets: string;
  readonly guard: Guard | null;
  readonly macs: MacCache;
  /** Whose an event stream is. */
  readonly holderOf: HolderOf;
  /** What this computer fetches now, for the page; null: nothing. */
  readonly fetching?: (() => FetchView | null) | undefined;
  readonly log: Log;
}

/** How often progress and changes are sent. */
const TICK_MS = 500;
/** How often a changed timeline is written. */
const SAVE_MS = 30_000;
/** Log lines a second about unknown machines, which anyone can make up. */
const STRANGER_LINES_PER_SECOND = 1;

export class Live {
  readonly hooks: SendHooks;
  readonly api: Api;
  readonly #options: LiveOptions;
  readonly #built: () => Built | null;
  readonly #founding: Founding;
  readonly #journal: Journal;
  readonly #timeline: Timeline;
  readonly #observer: Observer;
  readonly #streams: EventStreams;
  readonly #metrics: Metrics;
  readonly #strangerLines = new RequestRate(STRANGER_LINES_PER_SECOND, STRANGER_LINES_PER_SECOND);
  readonly #timer: NodeJS.Timeout;
  readonly #toldStuck = new Map<string, number>();
  #savedAt = Date.now();
  #isSaved = true;
  #saving: Promise<void> = Promise.resolve();

  /**
   * Reads the state folder and dist/.
   * @throws {UserError} when what decides about founding cannot be read
   */
  constructor(options: LiveOptions) {
    const { dist, state, secrets, guard, macs, holderOf, log } = options;
    this.#options = options;
    const onFault = (reason: string) => this.#warn(reason);
    this.#built = createBuiltReader(dist, ({ message }) => onFault(message));
    const built = this.#built;
    const issued = createIssuedReader(secrets, onFault);
    this.#founding = new Founding({ dist, state, built, issued, now: Date.now });
    this.#journal = openJournal(state, onFault);
    const enrolment = new Enrolment({
      ...{ secrets, state, issued, log, now: Date.now },
      inventory: () => built()?.inventory ?? null,
      onRefused: (name) => this.#metrics.countRefused(name),
    });
    const saved = readMachines(state, onFault);
    this.#timeline = new Timeline(
      {
        built,
        founding: () => this.#founding.view(),
        enrolment: (name, now) => enrolment.view(name, now),
        fetching: options.fetching,
        now: Date.now,
      },
      saved,
    );
    replay(this.#timeline, this.#journal.entries);
    const isNode = (mac: string) => this.isNode(mac);
    const see = (sighting: Sighting) => this.#see(sighting);
    this.#observer = new Observer({ macs, isNode, isGuarded: guard !== null, see, now: Date.now });
    const checkins = new Checkins({
      ...{ issued, see, log },
      founding: this.#founding,
      journal: this.#journal,
    });
    const view = () => this.#timeline.view();
    this.#streams = new EventStreams(() => ({ event: 'timeline', data: view() }), holderOf);
    this.#metrics = createMetrics(view, () => this.#streams.clients);
    this.hooks = {
      beforeSeed: () => this.#publish(),
      began: (sending) => this.#observer.began(sending),
    };
    this.api = createApi({
      desk: {
        guard,
        nodeOf: (mac) => built()?.nodeOf(mac),
        take: (checkin, node, address) => checkins.take(checkin, node, address),
        enroll: (asked, key, node, address) => enrolment.enroll(asked, key, node, address),
        now: () => performance.now(),
      },
      events: this.#streams,
      view,
      revision: () => this.#timeline.revision,
      founding: (nonce) => checkins.answer(nonce),
      metrics: () => this.#metrics.render(),
    });
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#warnAtStart(enrolment);
  }

  #warnAtStart(enrolment: Enrolment): void {
    const unwritable = whyUnwritable(this.#options.state);
    if (unwritable !== null) this.#warn(`no machine will get its seed: ${unwritable}`);
    for (const reason of [this.#founding.fault() ?? [], enrolment.faults()].flat())
      this.#warn(reason);
  }

  /** Adds the name of the node that an event is about. */
  named(event: LogEvent): LogEvent {
    this.#metrics.count(event);
    const client = event.fields?.client;
    if (event.node !== undefined || typeof client !== 'string') return event;
    const mac = parseMac(client) ?? this.#options.macs.lastKnown(client);
    const node = mac === null ? undefined : this.#timeline.nameOf(mac);
    return node === undefined ? event : { ...event, node };
  }

  /** dist/inventory.json as it is now; null where it is missing or from another version. */
  inventory(): InventoryFile | null {
    return this.#built()?.inventory ?? null;
  }

  /** Whether nodes.yaml has a node with this MAC address. */
  isNode(mac: string): boolean {
    return this.#timeline.nameOf(mac) !== undefined;
  }

  tftp(event: TftpEvent): void {
    this.#observer.tftp(event);
  }

  dhcp(client: DhcpClient): void {
    this.#observer.dhcp(client);
  }

  /** Ends the event streams, so that the HTTP server can close. */
  endStreams(): void {
    this.#streams.close();
  }

  /** Writes everything that is to be kept. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#journal.close();
    if (!this.#isSaved) this.#save();
    await this.#saving;
  }

  #see(sighting: Sighting): void {
    const seen = this.#timeline.see(sighting);
    if (seen === null) return;
    this.#isSaved = false;
    const name = this.#timeline.nameOf(sighting.mac);
    const line = lineOfSeen(seen, sighting, name);
    if (line === null) return;
    if (name === undefined && !this.#strangerLines.admits('', performance.now())) return;
    this.#options.log(line);
  }

  async #publish(): Promise<void> {
    await this.#founding.publish().catch((error: unknown) => {
      throw notRemembered(error);
    });
  }

  #tick(): void {
    this.#founding.noteSet();
    this.#observer.progress();
    const events = this.#timeline.changes();
    this.#streams.send(events);
    this.#tellStuck(events);
    if (this.#isSaved || Date.now() - this.#savedAt < SAVE_MS) return;
    this.#savedAt = Date.now();
    this.#save();
  }

  /** Logs once each time that a node gets stuck. */
  #tellStuck(events: readonly TimelineEvent[]): void {
    for (const { event, data } of events) {
      if (event !== 'node' || data.stuck === null) continue;
      if (this.#toldStuck.get(data.name) === data.stuck.since) continue;
      this.#toldStuck.set(data.name, data.stuck.since);
      this.#options.log(lineOfStuck(data.name, data.stuck, Date.now()));
    }
  }

  #save(): void {
    this.#isSaved = true;
    this.#saving = this.#saving
      .then(() => writeMachines(this.#options.state, this.#timeline.machines))
      .catch((error: Error) => this.#warn(error.message));
  }

  #warn(reason: string): void {
    this.#options.log({ area: 'shim', event: 'state', fields: { reason } });
  }
}
