// Keys that are written in the wrong section of nodes.yaml: where the schema has them.
import { inventorySchema } from './schema.ts';
import { schemaAt, shape } from './values.ts';
import type { Path } from './yaml-path.ts';

/** With more places, naming them helps nobody. */
const MOST_PLACES = 3;
const TOP = 'at the top level';

/**
 * Where a key that is unknown at `here` belongs, such as `under 'network', 'defaults' or a node`; undefined for one that is
 * known nowhere.
 */
export function placeOfKey(key: string, here: Path): string | undefined {
  const own = nameOf(here);
  const places = SECTIONS.filter(({ name, keys }) => name !== own && keys.includes(key)).map(
    ({ name }) => name,
  );
  if (places.length === 0 || places.length > MOST_PLACES) return undefined;
  if (places.includes(TOP)) return TOP;
  return `under ${new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(places)}`;
}

interface Section {
  readonly name: string;
  readonly keys: readonly string[];
}

const SECTIONS = sectionsFrom([]);

/** All mappings with keys, outer ones first. 0 stands for any item of a list. */
function sectionsFrom(path: Path): Section[] {
  const keys = Object.keys(shape(schemaAt(inventorySchema, path)) ?? {});
  if (keys.length === 0) return [];
  const below = keys.flatMap((key) =>
    [
      [...path, key],
      [...path, key, 0],
    ].flatMap(sectionsFrom),
  );
  return [{ name: nameOf(path), keys }, ...below];
}

function nameOf(path: Path): string {
  if (path.length === 0) return TOP;
  return path[0] === 'nodes' ? 'a node' : `'${path.join('.')}'`;
}
