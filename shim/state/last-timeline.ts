// The timeline that the last shim saved, for reading it while no shim runs.
import type { TimelineView } from '../../contract/timeline.ts';
import type { Built } from '../built.ts';
import { createEnrolmentViews } from '../enrolment/views.ts';
import { Founding } from '../founding.ts';
import { Timeline } from '../timeline/timeline.ts';
import { openJournal } from './checkin-journal.ts';
import { openEnrolled } from './enrolled.ts';
import { readMachines } from './timeline-file.ts';

/**
 * A view of the last shim's timeline.
 * @param folder the state folder
 * @param now milliseconds since 1970
 * @throws {UserError} when what decides about founding cannot be read
 */
export function readLastTimeline(
  folder: string,
  built: () => Built | null,
  now: number,
): TimelineView {
  // Secrets are only for answers to nodes.
  const issued = () => null;
  const founding = new Founding({ dist: '', state: folder, built, issued, now: () => now });
  const views = createEnrolmentViews(folder, openEnrolled(folder), () => {});
  const context = {
    built,
    founding: () => founding.view(),
    enrolment: views.of,
    now: () => now,
  };
  const timeline = new Timeline(
    context,
    readMachines(folder, () => {}),
  );
  replay(timeline, openJournal(folder, () => {}).entries);
  return timeline.view();
}

/** Applies the check-ins that came after the timeline was last written. */
export function replay(
  timeline: Timeline,
  entries: ReturnType<typeof openJournal>['entries'],
): void {
  const since = Math.max(0, ...timeline.machines.map(({ seen }) => seen));
  for (const { epoch: _, ...entry } of entries) {
    if (entry.at > since) timeline.see({ kind: 'said', address: null, ...entry });
  }
}
