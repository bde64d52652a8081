// Calls back when files that a build reads have changed.
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Editors save in several steps: what comes within this time is one change. */
const SETTLE_MS = 200;

/** Where templates/ and payload/ are. */
const HOME = join(import.meta.dirname, '..');

export interface Watch {
  /** Says that something else has changed. */
  changed(): void;
  close(): void;
}

/**
 * Watches an inventory, the locks beside it, templates and payload. Calls never overlap: a change
 * during one leads to another after it.
 */
export function watchProject(inventory: string, onChange: () => Promise<void>): Watch {
  const schedule = oneAtATime(onChange);
  const names = new Set([basename(inventory), 'media.lock.json']);
  const folders = ['templates', 'payload']
    .map((name) => join(HOME, name))
    .filter((path) => existsSync(path));
  const watchers: FSWatcher[] = [
    // The folder, not the file: editors replace files, and a watch stays with what was replaced.
    watch(dirname(resolve(inventory)), (_, name) => {
      if (name !== null && names.has(name)) schedule();
    }),
    ...folders.map((folder) => watch(folder, { recursive: true }, schedule)),
  ];
  const close = () => {
    for (const watcher of watchers) watcher.close();
    schedule.cancel();
  };
  return { changed: schedule, close };
}

/** Turns bursts of calls into single, settled, consecutive runs. */
function oneAtATime(run: () => Promise<void>) {
  let timer: NodeJS.Timeout | undefined;
  let running = false;
  let again = false;
  const start = async () => {
    running = true;
    await run();
    running = false;
    if (again) schedule();
    again = false;
  };
  const schedule = () => {
    if (running) again = true;
    else {
      clearTimeout(timer);
      timer = setTimeout(start, SETTLE_MS);
    }
  };
  return Object.assign(schedule, { cancel: () => clearTimeout(timer) });
}
