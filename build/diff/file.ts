// What differs in one file: existence, permissions, and content by kind.

import { NODES, PREVIEW } from '../../contract/paths.ts';
import { formatBytes } from '../../messages/bytes.ts';
import { type Change, change } from './change.ts';
import { textChangesAt } from './content.ts';
import type { Tree, TreeFile } from './sides.ts';

/** What a build would change in one file. */
export function changesOf(path: string, before: Tree, after: Tree): Change[] {
  const [old, now] = [before.get(path), after.get(path)];
  if (old === undefined) return now === undefined ? [] : [change('added', null, [], [sizeOf(now)])];
  if (now === undefined) return [change('removed', null, [sizeOf(old)])];
  const modes =
    old.mode === null || now.mode === null || old.mode === now.mode
      ? []
      : [change('mode', null, [old.mode.toString(8)], [now.mode.toString(8)])];
  return [...modes, ...contentChanges(path, before, after, old, now)];
}

function contentChanges(
  path: string,
  before: Tree,
  after: Tree,
  old: TreeFile,
  now: TreeFile,
): Change[] {
  const [left, right] = [old.bytes(), now.bytes()];
  if (left !== null && right !== null && left.equals(right)) return [];
  if (left === null && old.mode !== null) return [change('unreadable', null)];
  if (old.secret || now.secret) return shownChanges(path, before, after);
  const [earlier, later] = [textOf(left), textOf(right)];
  if (earlier === null || later === null)
    return [change('bytes', null, [sizeOf(old)], [sizeOf(now)])];
  return textChangesAt(path, earlier, later);
}

/** For a file that may hold secrets in either tree, only what its previews show. */
function shownChanges(path: string, before: Tree, after: Tree): Change[] {
  const preview = path.replace(NODES, PREVIEW);
  const [left, right] = [before, after].map((tree) => {
    const shown = preview === path ? undefined : tree.get(preview);
    return shown === undefined || shown.secret ? null : textOf(shown.bytes());
  });
  if (left == null || right == null || left === right) return [change('secret', null)];
  return textChangesAt(path, left, right);
}

/** Longer lines are for machines: such files are shown by hash. */
const LONGEST_LINE = 8000;

function textOf(bytes: Buffer | null): string | null {
  if (bytes === null || bytes.includes(0)) return null;
  const text = bytes.toString('utf8');
  return text.split('\n').some((line) => line.length > LONGEST_LINE) ? null : text;
}

/** `14.2 MB 3bce0acc`; a hash would help to guess a secret. */
function sizeOf(file: TreeFile): string {
  const hash = file.secret ? null : file.sha256();
  return formatBytes(file.size) + (hash === null ? '' : ` ${hash.slice(0, 8)}`);
}
