// `diff`: what a build would change in dist/, by node and by meaning.
import { INVENTORY, MANIFEST, NODES, PREVIEW } from '../../contract/paths.ts';
import type { Difference } from './change.ts';
import { changesOf } from './file.ts';
import { inventoryDifferences, inventoryOf, type Owners, ownersOf } from './node-differences.ts';
import { isSame, type Tree } from './sides.ts';

export interface TreeDiff {
  readonly version: 1;
  /** Files that a build would write and remove; both 0 for identical trees. */
  readonly written: number;
  readonly removed: number;
  /** The same change to several nodes is listed once. */
  readonly differences: readonly Difference[];
}

/** The differences between two trees. Files that may hold secrets are compared by their previews. */
export function diffTrees(before: Tree, after: Tree): TreeDiff {
  const changed = [...after.keys()].filter((path) => {
    const [old, now] = [before.get(path), after.get(path)];
    return old === undefined || now === undefined || !isSame(old, now);
  });
  const stale = [...before.keys()].filter((path) => !after.has(path));
  const owners = { before: ownersOf(before), after: ownersOf(after) };
  const paths = new Set([...changed, ...stale].sort());
  const singles = [...paths]
    .filter((path) => isTold(path, paths))
    .flatMap((path) => fileDifferences(path, before, after, owners));
  const nodes = inventoryDifferences(inventoryOf(before), inventoryOf(after));
  return {
    version: 1,
    written: changed.length,
    removed: stale.length,
    differences: merged(
      [...nodes, ...singles],
      inventoryOf(after).nodes.map(({ name }) => name),
    ),
  };
}

/** The inventory is shown by node, previews as their originals, the manifest only if nothing else changed. */
function isTold(path: string, paths: ReadonlySet<string>): boolean {
  if (path === INVENTORY) return false;
  if (path === MANIFEST) return paths.size === 1;
  return !(path.startsWith(`${PREVIEW}/`) && paths.has(NODES + path.slice(PREVIEW.length)));
}

function fileDifferences(
  path: string,
  before: Tree,
  after: Tree,
  owners: { before: Owners; after: Owners },
): Difference[] {
  const [, mac, name] = /^nodes\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (mac === undefined || name === undefined) {
    return changesOf(path, before, after).map((one) => ({ nodes: [], file: path, change: one }));
  }
  const node = owners.after.get(mac) ?? owners.before.get(mac) ?? mac;
  // The card itself was added or removed; its inventory entry shows that.
  if (owners.before.has(mac) !== owners.after.has(mac)) return [];
  return changesOf(path, before, after).map((one) => ({ nodes: [node], file: name, change: one }));
}

/** Merges the nodes of equal changes, in the order of the inventory. */
function merged(singles: readonly Difference[], order: readonly string[]): Difference[] {
  const rank = new Map(order.map((name, index) => [name, index]));
  const byChange = new Map<string, { nodes: Set<string>; single: Difference }>();
  for (const [index, single] of singles.entries()) {
    const own = single.nodes.length === 0 ? index : '';
    const key = JSON.stringify([own, single.file, single.change]);
    const known = byChange.get(key) ?? { nodes: new Set(), single };
    for (const node of single.nodes) known.nodes.add(node);
    byChange.set(key, known);
  }
  return [...byChange.values()].map(({ nodes, single }) => ({
    ...single,
    nodes: [...nodes].sort((a, b) => (rank.get(a) ?? 0) - (rank.get(b) ?? 0)),
  }));
}
