// Where a value of a YAML file is, by the steps that lead to it.
import type { YamlNode } from './yaml.ts';

/** The keys and the list positions from the top of the file to a value. */
export type Path = readonly (string | number)[];

/** The offset of the value at a path; where the file has none, of the last step that it has. */
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

/** The offset of the key that a path ends in. */
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
