// One machine's current boot, derived from sightings: pure.
import { UNKNOWN_SCRIPT } from '../../contract/paths.ts';
import { STAGES, type Stage } from '../../contract/timeline.ts';
import { type Kind, kindShownBy } from './machine-kind.ts';
import type { AskedForFile, Said, Sighting } from './sighting.ts';
import { isAfter, stageOf } from './stage-of.ts';

export interface FileProgress {
  readonly position: number;
  readonly size: number;
}

export interface StageRecord {
  readonly state: 'running' | 'done' | 'failed';
  readonly started: number;
  readonly ended: number | null;
  /** Path in dist/ → progress. */
  readonly files: Readonly<Record<string, FileProgress>>;
  readonly message: string | null;
  readonly error: string | null;
}

export interface Machine extends Kind {
  readonly mac: string;
  readonly address: string | null;
  readonly firstSeen: number;
  readonly seen: number;
  /** What it last asked for. */
  readonly asked: string;
  readonly booted: number;
  /** The last stage, in the order of STAGES, that this boot has reached. */
  readonly stage: Stage;
  readonly stages: Readonly<Partial<Record<Stage, StageRecord>>>;
  /** Last progress: more bytes, another stage, another message. */
  readonly progressAt: number;
}

/** Per stage; more are not tracked. A release has about ten packages. */
const MAX_FILES = 64;

/** Firmware and iPXE ask several times within seconds; after this much silence it is a new boot. */
const QUIET_MS = 15_000;

/**
 * The machine after one more sighting; null before the first. Sightings that say nothing about a boot
 * change nothing.
 */
export function see(machine: Machine | null, sighting: Sighting): Machine | null {
  const under = machine === null ? null : stageWithFile(machine, sighting);
  if (machine !== null && under !== null) return withProgress(machine, under, sighting);
  const stage = stageOf(sighting, machine?.stage ?? null);
  if (stage === null) return machine;
  const boot = machine === null || startsBoot(machine, stage, sighting) ? null : machine;
  const record = recordAfter(boot?.stages[stage] ?? null, sighting);
  const stays = boot !== null && isAfter(boot.stage, stage) && !goesBack(boot, stage, sighting);
  return {
    mac: sighting.mac,
    address: sighting.address ?? machine?.address ?? null,
    ...(kindShownBy(sighting) ?? {
      arch: machine?.arch ?? null,
      firmware: machine?.firmware ?? null,
    }),
    firstSeen: machine?.firstSeen ?? sighting.at,
    seen: sighting.at,
    asked: askedFor(sighting) ?? machine?.asked ?? '',
    booted: boot?.booted ?? sighting.at,
    stage: stays ? boot.stage : stage,
    stages: { ...othersAfter(boot, stage, sighting), [stage]: record },
    progressAt:
      boot !== null && !hasMoved(boot.stages[stage], record) ? boot.progressAt : sighting.at,
  };
}

/** The stage that already has this file, of which the sighting reports progress; null for a start. */
function stageWithFile({ stages }: Machine, sighting: Sighting): Stage | null {
  if (sighting.kind !== 'file' || sighting.state === 'begun') return null;
  return STAGES.findLast((stage) => stages[stage]?.files[sighting.path] !== undefined) ?? null;
}

function withProgress(machine: Machine, stage: Stage, sighting: Sighting): Machine {
  const record = recordAfter(machine.stages[stage] ?? null, sighting);
  const moved = hasMoved(machine.stages[stage], record);
  return {
    ...machine,
    seen: sighting.at,
    stages: { ...machine.stages, [stage]: record },
    progressAt: moved ? sighting.at : machine.progressAt,
  };
}

/**
 * Whether an earlier stage replaces the later ones: iPXE retries its scripts and files from some step
 * on; and a node that was ready may have to join again.
 */
function goesBack(boot: Machine, stage: Stage, sighting: Sighting): boolean {
  const rejoins = sighting.kind === 'said' && sighting.stage === 'cluster';
  return !isAfter(stage, 'initrd') || (boot.stage === 'ready' && rejoins);
}

function startsBoot(machine: Machine, stage: Stage, sighting: Sighting): boolean {
  if (!isAfter(stage, 'script')) {
    const silent = sighting.at - machine.seen > QUIET_MS;
    return isAfter(machine.stage, 'script') || (silent && !isAfter(stage, machine.stage));
  }
  // A boot from disk is invisible until its first check-in or its seed.
  if (stage === 'root' && sighting.kind === 'said') return isAfter(machine.stage, 'seed');
  return stage === 'seed' && sighting.kind === 'file' && isAfter(machine.stage, 'disk');
}

function recordAfter(before: StageRecord | null, sighting: Sighting): StageRecord {
  const record = before ?? openedBy(sighting);
  switch (sighting.kind) {
    case 'dhcp':
      return record;
    case 'file':
      return withFile(record, sighting);
    case 'said':
      return withWords(record, sighting);
  }
}

function withFile(record: StageRecord, { path, position, size, state }: AskedForFile): StageRecord {
  if (record.files[path] === undefined && Object.keys(record.files).length >= MAX_FILES)
    return record;
  const files = { ...record.files, [path]: { position, size } };
  const refused = path === UNKNOWN_SCRIPT && state === 'whole';
  return { ...record, files, error: refused ? REFUSED : state === 'begun' ? null : record.error };
}

const REFUSED = 'it got the script for unknown machines: its own was refused or is missing';

function withWords(record: StageRecord, { at, stage, message, error }: Said): StageRecord {
  const words = { message: message || record.message, error };
  if (error !== null) return { ...record, ...words, state: 'failed', ended: at };
  if (stage === 'seed' || stage === 'ready') {
    return { ...record, ...words, state: 'done', ended: record.ended ?? at };
  }
  return { ...record, ...words, state: 'running', ended: null };
}

function hasMoved(before: StageRecord | undefined, after: StageRecord): boolean {
  if (before === undefined || before.state !== after.state || before.message !== after.message) {
    return true;
  }
  return Object.entries(after.files).some(
    ([path, { position }]) => before.files[path]?.position !== position,
  );
}

/** The effect of a sighting on other stages: earlier ones end, later ones may be undone. */
function othersAfter(boot: Machine | null, stage: Stage, sighting: Sighting): Machine['stages'] {
  if (boot === null) return stage === 'seed' ? { root: openedBy(sighting) } : {};
  const others: Partial<Record<Stage, StageRecord>> = {};
  for (const other of STAGES) {
    const record = boot.stages[other];
    if (record === undefined || other === stage) continue;
    if (isAfter(other, stage) && goesBack(boot, stage, sighting)) continue;
    const ends = record.state === 'running' && endsBy(other, stage, sighting);
    others[other] = ends ? { ...record, state: 'done', ended: sighting.at } : record;
  }
  // A machine that fetches its seed has its kernel running, whether that was seen or not.
  if (stage === 'seed') others.root ??= openedBy(sighting);
  return others;
}

function openedBy({ at }: Sighting): StageRecord {
  return { state: 'running', started: at, ended: null, files: {}, message: null, error: null };
}

function endsBy(other: Stage, stage: Stage, { kind }: Sighting): boolean {
  // A node fetches its seed alongside its root image, and reports `seed` when both are in place.
  if (stage === 'seed') return isAfter(kind === 'said' ? 'cluster' : 'root', other);
  if (stage === 'root') return isAfter('root', other);
  return isAfter(stage, other);
}

function askedFor(sighting: Sighting): string | null {
  if (sighting.kind === 'dhcp') return 'a boot file (DHCP)';
  return sighting.kind === 'file' ? sighting.path : null;
}
