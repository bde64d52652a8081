// One difference, whatever kind of file it is in.
import { diffArrays } from 'diff';

export type ChangeKind =
  | 'added'
  | 'removed'
  /** A scalar, or a whole value that comes or goes. */
  | 'value'
  /** Lines of a text, items of a list, or words of the kernel line. */
  | 'items'
  | 'order'
  /** Only what is masked differs. */
  | 'secret'
  /** Size and hash. */
  | 'bytes'
  | 'mode'
  /** The old file may not be read. */
  | 'unreadable';

export interface Change {
  readonly kind: ChangeKind;
  /** A key path, or what of the file; null for the file itself. */
  readonly at: string | null;
  readonly old: readonly string[];
  readonly new: readonly string[];
}

export interface Difference {
  /** The nodes that it is about; empty when it is about a file that is nobody's own. */
  readonly nodes: readonly string[];
  /** Path in dist/; of a node's own files the name only. */
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

/** The differences of two lists of texts, one for each place where they differ. */
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
