// Applies the shim's events to the timeline.
import { parseJson } from '../../contract/parse.ts';
import {
  EVENT_SCHEMAS,
  type NodeView,
  type TimelineEvents,
  type TimelineView,
  type UnknownMachine,
} from '../../contract/timeline.ts';

export type EventName = keyof TimelineEvents;

/** An event of the stream, by name. */
export type StreamEvent = {
  [Name in EventName]: { readonly name: Name; readonly data: TimelineEvents[Name] };
}[EventName];

export const EVENT_NAMES = Object.keys(EVENT_SCHEMAS) as EventName[];

/** @throws {Mismatch} when this version of the page does not know it */
export function parseEvent(name: EventName, data: string): StreamEvent {
  return { name, data: parseJson(EVENT_SCHEMAS[name], data) } as StreamEvent;
}

/** The timeline after an event; null until a whole one has arrived. */
export function applyEvent(before: TimelineView | null, event: StreamEvent): TimelineView | null {
  if (event.name === 'timeline') return event.data;
  if (before === null) return null;
  switch (event.name) {
    case 'node':
      return { ...before, nodes: withNode(before.nodes, event.data) };
    case 'unknown':
      return { ...before, unknown: [event.data, ...without(before.unknown, event.data.mac)] };
    case 'unknown-gone':
      return { ...before, unknown: without(before.unknown, event.data.mac) };
    case 'founding':
      return { ...before, founding: event.data };
    case 'fetch': {
      const { fetch: _, ...rest } = before;
      return event.data === null ? rest : { ...rest, fetch: event.data };
    }
  }
}

function withNode(nodes: readonly NodeView[], node: NodeView): readonly NodeView[] {
  const isKnown = nodes.some(({ name }) => name === node.name);
  return isKnown ? nodes.map((old) => (old.name === node.name ? node : old)) : [...nodes, node];
}

function without(machines: readonly UnknownMachine[], mac: string): readonly UnknownMachine[] {
  return machines.filter((machine) => machine.mac !== mac);
}
