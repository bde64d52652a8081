// What people see of a machine: pure.
import type { InventoryNode } from '../../contract/inventory.ts';
import {
  type EnrolmentView,
  type NodeView,
  STAGES,
  type Stage,
  type StageView,
  type Stuck,
  type UnknownMachine,
} from '../../contract/timeline.ts';
import { FAILED_HINT, MAX_PATIENCE, PATIENCE, SYSTEM_PER_KERNEL } from './hints.ts';
import type { Machine, StageRecord } from './machine.ts';
import { isAfter } from './stage-of.ts';

/** Bytes that a boot of this system fetches in a stage; null if unknown. */
export type Expected = (os: string, stage: Stage) => number | null;

/**
 * @param machine what was seen of the card that the node last booted from; null if nothing was
 * @param now milliseconds since 1970
 */
export function viewNode(
  { name, macs, role, arch, boot, os, missing }: InventoryNode,
  machine: Machine | null,
  now: number,
  expected: Expected,
  enrolment: EnrolmentView,
): NodeView {
  return {
    ...{ name, macs, role, arch, boot },
    address: machine?.address ?? null,
    booted: machine?.booted ?? null,
    seen: machine?.seen ?? null,
    stage: machine?.stage ?? null,
    stages: machine === null ? {} : viewStages(machine, (stage) => expected(os, stage)),
    stuck: machine === null ? null : stuckAt(machine, now),
    enrolment,
    ...(missing !== undefined && { missing }),
  };
}

export function viewUnknown(machine: Machine): UnknownMachine {
  const { mac, address, arch, firmware, firstSeen, seen, asked } = machine;
  return { mac, address, arch, firmware, firstSeen, seen, asked };
}

const SKIPPED: StageView = {
  state: 'skipped',
  started: null,
  ended: null,
  bytes: 0,
  totalBytes: null,
};

function viewStages(
  { stages, stage: last }: Machine,
  expected: (stage: Stage) => number | null,
): NodeView['stages'] {
  const views = STAGES.filter((stage) => !isAfter(stage, last)).map((stage) => {
    const record = stages[stage];
    return [stage, record === undefined ? SKIPPED : viewStage(record, expected(stage))] as const;
  });
  return Object.fromEntries(views);
}

function viewStage(record: StageRecord, expected: number | null): StageView {
  const { state, started, ended, message, error } = record;
  const files = Object.values(record.files);
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  const begun = sum(files.map(({ size }) => size));
  // A node does not fetch what it has cached: once a stage is over, only files that were started count.
  const total = state === 'running' ? Math.max(begun, expected ?? 0) : begun;
  return {
    ...{ state, started, ended },
    bytes: sum(files.map(({ position }) => position)),
    totalBytes: files.length === 0 ? null : total,
    ...(message !== null && { message }),
    ...(error !== null && { error }),
  };
}

/** Where a machine is stuck: no progress for longer than the stage takes; null if it is not. */
export function stuckAt(machine: Machine, now: number): Stuck | null {
  const { stage, progressAt } = machine;
  const failed = STAGES.find((name) => {
    const { state, ended } = machine.stages[name] ?? {};
    return state === 'failed' && (ended ?? 0) >= progressAt;
  });
  if (failed !== undefined) return { stage: failed, since: progressAt, hint: FAILED_HINT };
  // A node that waits for others keeps reporting that.
  const since = stage === 'cluster' ? (machine.stages.cluster?.started ?? progressAt) : progressAt;
  const limit = patienceWith(machine);
  return limit === null || now - since < limit
    ? null
    : { stage, since, hint: PATIENCE[stage].hint };
}

/** Milliseconds without progress that are normal for this machine; null: no limit. */
function patienceWith({ stage, stages: { initrd } }: Machine): number | null {
  const { limit } = PATIENCE[stage];
  if (limit === null || initrd?.ended == null || (stage !== 'seed' && stage !== 'disk'))
    return limit;
  const ofSystem = (initrd.ended - initrd.started) * SYSTEM_PER_KERNEL;
  return Math.max(limit, Math.min(ofSystem, MAX_PATIENCE));
}
