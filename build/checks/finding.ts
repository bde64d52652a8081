import type { InventoryDocument, NodeEntry } from '../document.ts';
import type { Path } from '../yaml-path.ts';

/** Something wrong or surprising at a place of nodes.yaml. */
export interface Finding {
  readonly path: Path;
  /** Points at the key instead of its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly hint?: string;
}

/** A node as far as it is right: what is wrong has its default, or is missing. */
export type Entry = NodeEntry<string | undefined>;

/** nodes.yaml as far as it is right: a wrong field must not hide the faults of the others. */
export type Document = InventoryDocument<string | undefined>;
