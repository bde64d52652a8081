import type { InventoryDocument, NodeEntry } from '../schema.ts';
import type { Path } from '../yaml-path.ts';

/** Something wrong or surprising at a place of nodes.yaml. */
export interface Finding {
  readonly path: Path;
  /** Points at the key instead of its value. */
  readonly key?: boolean;
  readonly message: string;
  readonly hint?: string;
}

/** A node as far as it is right. */
export type Entry = Partial<NodeEntry>;

/** nodes.yaml as far as it is right: a wrong field must not hide the faults of the others. */
export type Document = Omit<Partial<InventoryDocument>, 'nodes'> & {
  readonly nodes?: readonly Entry[];
};
