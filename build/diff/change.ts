// One difference, whatever kind of file it is in.
import { diffArrays } from 'diff';

export type ChangeKind =
  | 'added'
  | 'removed'
  /** A scalar, or a whole value that is added or removed. */
  | 'value'
  /** Lines of a text, items of a list, or words of the kernel line. */
  | 'items'
  | 'order'
  /** Something differs that is not shown. */
  | 'secret'
  /** Size and hash. */
  | 'bytes'
  | 'mode'
  /** The old file is not readable. */
  | 'unreadable';

export interface Change {
  readonly kind: ChangeKind;
  /** A key path or a part of the file; null for the file itself. */
  readonly at: string | null;
  readonly old: readonly string[];
  readonly new: readonly string[];
}

export interface Difference {
  /** The affected nodes; empty for shared files. */
  readonly nodes: readonly string[];
  /** Path in dist/; for a node's own files just the name. */
  readonly file: string;
  readonly change: Change;
}

export function change(
  kind: ChangeKind,
  at: string | null,
  before: readonly string[] = [],
  after: readonly string[] = [],
): Change {
  return { kind, at, old: before, new: after };
}

/** The differences between two lists of texts, one per place. */
export function itemChanges(
  at: string | null,
  before: readonly string[],
  after: readonly string[],
): Change[] {
  const changes: { old: string[]; new: string[] }[] = [];
  let open: { old: string[]; new: string[] } | null = null;
  for (const { added, removed, value } of diffArrays([...before], [...after])) {
    if (!added && !removed) {
      open = null;
      continue;
    }
    if (open === null) {
      open = { old: [], new: [] };
      changes.push(open);
    }
    (added ? open.new : open.old).push(...value);
  }
  return changes.map((hunk) => change('items', at, hunk.old, hunk.new));
}
