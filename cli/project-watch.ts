// Calls back when files that a build reads have changed.
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { MEDIA_LOCK } from '../contract/media-lock.ts';
import { makeFolders } from '../durable/make-folders.ts';
import { VERIFIED } from '../fetch/verified.ts';

/** Editors save in several steps: events within this time are one change. */
const SETTLE_MS = 200;

/** Where templates/ and payload/ are. */
const HOME = join(import.meta.dirname, '..');

export interface Watch {
  /** Reports another change. */
  changed(): void;
  close(): void;
}

/**
 * Watches an inventory, the locks beside it, templates and payload. Calls never overlap: a change
 * during one causes another after it.
 * @param say prints what cannot be watched
 * @param media where another process may fetch to, made if it is not there; a change once it is done. Default: not
 *   watched
 */
export function watchProject(
  inventory: string,
  onChange: () => Promise<void>,
  say: (line: string) => void,
  media?: string,
): Watch {
  const schedule = oneAtATime(onChange);
  const names = new Set([basename(inventory), MEDIA_LOCK]);
  const folders = ['templates', 'payload']
    .map((name) => join(HOME, name))
    .filter((path) => existsSync(path));
  const onEntry = (_: string, name: string | null) => {
    if (name !== null && names.has(name)) schedule();
  };
  const onMedia = (_: string, name: string | null) => {
    if (name === VERIFIED) schedule();
  };
  const watchers: FSWatcher[] = [
    // The folder, not the file: editors replace files, and a watch stays with what was replaced.
    ...open(dirname(resolve(inventory)), false, onEntry, say),
    ...folders.flatMap((folder) => open(folder, true, schedule, say)),
    ...(media === undefined ? [] : open(media, false, onMedia, say, makeFolders)),
  ];
  const close = () => {
    for (const watcher of watchers) watcher.close();
    schedule.cancel();
  };
  return { changed: schedule, close };
}

/**
 * One watcher, or none if the system refuses: serving matters more than watching.
 * @param prepare what the folder needs first
 */
function open(
  folder: string,
  recursive: boolean,
  onEntry: (event: string, name: string | null) => void,
  say: (line: string) => void,
  prepare: (folder: string) => void = () => {},
): FSWatcher[] {
  const failed = (error: NodeJS.ErrnoException) => say(unwatched(folder, error));
  try {
    prepare(folder);
    return [watch(folder, { recursive }, onEntry).on('error', failed)];
  } catch (error) {
    failed(error as NodeJS.ErrnoException);
    return [];
  }
}

function unwatched(folder: string, { code, message }: NodeJS.ErrnoException): string {
  const isFull = code === 'ENOSPC' || code === 'EMFILE';
  const [why, hint] = isFull
    ? ['the system has no inotify watches left', 'sudo sysctl fs.inotify.max_user_watches=524288']
    : [message, `check ${folder}`];
  return `changes in ${folder} will not be noticed: ${why}\n  hint: ${hint}; until then, run ./homepbp build after each change`;
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
