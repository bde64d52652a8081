// Whether other accounts of this computer can get at secrets/. The build makes it 0700 and its files 0600,
// but a copy or a backup that is restored may lose that, and files keep the modes that they have.
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { shellWord } from '../messages/shell-word.ts';
import { ROOT } from './become.ts';

/** Any right of the group or of others. */
const OTHERS = 0o077;

export interface WideModes {
  /** What is open to whom, without a full stop. */
  readonly what: string;
  /** The command that closes it. */
  readonly fix: string;
}

/** What is wrong with the modes of secrets/; null if nothing is, or if there is none. Synchronous. */
export function wideModes(folder: string): WideModes | null {
  const wide = wideEntries(folder);
  const [first] = wide;
  if (first === undefined) return null;
  const more = wide.length === 1 ? '' : ` and ${wide.length - 1} more`;
  const shown = shownPath(first.path);
  return {
    what: `${shown}${more} can be read by other users of this computer (mode ${first.mode})`,
    fix: `chmod -R go= ${shellWord(shownPath(realpathSync(folder)))}`,
  };
}

/** As a remark of a build. */
export function wideModesRemarks(folder: string): string[] {
  const found = wideModes(folder);
  return found === null ? [] : [`warning: ${found.what}\n  hint: ${found.fix}`];
}

function wideEntries(folder: string): { path: string; mode: string }[] {
  return [folder, ...filesIn(folder)].flatMap((path) => {
    const mode = modeOf(path);
    return (mode & OTHERS) === 0 ? [] : [{ path, mode: mode.toString(8) }];
  });
}

/**
 * The rights; none where we cannot look. None, too, of a folder that is not ours: systemd and Docker make one to
 * mount a part of secrets/ in it.
 */
function modeOf(path: string): number {
  try {
    const stats = statSync(path);
    const me = process.geteuid?.() ?? stats.uid;
    const isOurs = me === stats.uid || me === ROOT;
    return stats.isDirectory() && !isOurs ? 0 : stats.mode & 0o777;
  } catch {
    return 0;
  }
}

/** Without the locks, `.…`, which are empty. If it cannot be read, whoever needs the secrets says so. */
function filesIn(folder: string): string[] {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    return names
      .filter((name) => !basename(name).startsWith('.'))
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

/** As one would type it here. */
function shownPath(path: string): string {
  const way = relative('', path);
  return way === '' || way.startsWith('..') ? path : way;
}
