// GET /metrics, in Prometheus' text format.
import { Counter, Gauge, Registry } from 'prom-client';
import { STAGES, type TimelineView } from '../../contract/timeline.ts';
import type { LogEvent } from '../log.ts';

export interface Metrics {
  /** Counts a logged event. */
  count(event: LogEvent): void;
  /** Counts a key of a node that was refused. */
  countRefused(node: string): void;
  render(): Promise<{ readonly type: string; readonly text: string }>;
}

/**
 * @param view the timeline at the time of a scrape
 * @param listeners open event streams
 */
export function createMetrics(view: () => TimelineView, listeners: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const events = new Counter({
    name: 'homepbp_events_total',
    help: 'Events, by service and outcome',
    labelNames: ['service', 'event'],
    registers,
  });
  const bytes = new Counter({
    name: 'homepbp_sent_bytes_total',
    help: 'Bytes sent, by service; HTTP headers included',
    labelNames: ['service'],
    registers,
  });
  new Gauge({
    name: 'homepbp_process_resident_memory_bytes',
    help: 'Resident memory of the server',
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: 'homepbp_event_streams',
    help: 'Open event streams: one for each open page',
    registers,
    collect() {
      this.set(listeners());
    },
  });
  const refused = new Counter({
    name: 'homepbp_enrolled_refused_total',
    help: 'Enrolments that were refused since the start, by node',
    labelNames: ['node'],
    registers,
  });
  const updateNodes = nodeGauges(registers);
  return {
    count({ area, event, fields }) {
      // Other areas have a few fixed events; those of `node` come from machines.
      if (area === 'node') return;
      events.inc({ service: area, event });
      const size = area === 'http' ? fields?.bytes : event === 'complete' ? fields?.size : 0;
      if (typeof size === 'number') bytes.inc({ service: area }, size);
    },
    countRefused(node) {
      refused.inc({ node });
    },
    async render() {
      updateNodes(view());
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

/** Node names come from the inventory, so the number of series is bounded. */
function nodeGauges(registers: Registry[]): (view: TimelineView) => void {
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name: `homepbp_${name}`, help, labelNames, registers });
  const stage = gauge('node_stage', `Stage of the current boot: ${numbered(STAGES)}`, ['node']);
  const seen = gauge('node_seen_timestamp_seconds', 'When the node was last seen', ['node']);
  const booted = gauge('node_boot_timestamp_seconds', 'Start of the current boot', ['node']);
  const stuck = gauge('node_stuck', '1 if the node is stuck', ['node']);
  const enrolled = gauge('enrolled', '1 if a key of the node is known', ['node']);
  const otherKey = gauge('enrolled_other_key', '1 if another key was refused since', ['node']);
  const unknown = gauge('unknown_machines', 'Machines that are not in nodes.yaml');
  const founded = gauge(
    'cluster_founded',
    '1 once a node has reported that it founded the cluster',
  );
  return (view) => {
    for (const one of [stage, seen, booted, stuck, enrolled, otherKey]) one.reset();
    for (const node of view.nodes) {
      const labels = { node: node.name };
      stage.set(labels, node.stage === null ? 0 : STAGES.indexOf(node.stage) + 1);
      stuck.set(labels, node.stuck === null ? 0 : 1);
      enrolled.set(labels, node.enrolment.pinned === null ? 0 : 1);
      otherKey.set(labels, node.enrolment.refused === null ? 0 : 1);
      if (node.seen !== null) seen.set(labels, node.seen / 1000);
      if (node.booted !== null) booted.set(labels, node.booted / 1000);
    }
    unknown.set(view.unknown.length);
    founded.set(view.founding.founded ? 1 : 0);
  };
}

function numbered(names: readonly string[]): string {
  return ['none', ...names].map((name, index) => `${index} ${name}`).join(', ');
}
