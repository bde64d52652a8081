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

/** The valid part of a node: what is invalid has its default, or is missing. */
export type Entry = NodeEntry<string | undefined>;

/** The valid part of nodes.yaml: one wrong field must not hide the faults of others. */
export type Document = InventoryDocument<string | undefined>;
