// Where a value is in a YAML file.
import type { YamlNode } from './yaml.ts';

/** Keys and list positions from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** The offset of the value at a path, or of the deepest step that exists. */
export function offsetAt(root: YamlNode, path: Path): number {
  let node = root;
  for (const step of path) {
    const next =
      node.kind === 'sequence'
        ? node.items[Number(step)]
        : node.kind === 'mapping'
          ? node.entries.get(String(step))?.value
          : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node.offset;
}

/** The offset of the last key of a path. */
export function keyOffset(root: YamlNode, path: Path): number {
  const parent = nodeAt(root, path.slice(0, -1));
  const entry = parent?.kind === 'mapping' ? parent.entries.get(String(path.at(-1))) : undefined;
  return entry?.keyOffset ?? offsetAt(root, path);
}

function nodeAt(root: YamlNode, path: Path): YamlNode | undefined {
  return path.reduce<YamlNode | undefined>(
    (node, step) =>
      node?.kind === 'sequence'
        ? node.items[Number(step)]
        : node?.kind === 'mapping'
          ? node.entries.get(String(step))?.value
          : undefined,
    root,
  );
}
