// nodes.yaml → a checked and complete inventory, or all its faults at once.
import type { z } from 'zod';
import { checkInventory } from './checks/all-checks.ts';
import type { Finding } from './checks/finding.ts';
import { finish, type InventoryDocument, type Parsed } from './document.ts';
import { type Fault, InventoryError, type Source } from './faults.ts';
import { type InventorySchema, inventorySchema } from './schema.ts';
import { schemaFaults } from './schema-faults.ts';
import { TooManyValues, toValue } from './values.ts';
import { parseYaml, type YamlNode } from './yaml.ts';
import { keyOffset, offsetAt, type Path } from './yaml-path.ts';

export interface Inventory {
  readonly source: Source;
  readonly document: InventoryDocument;
  /** The offset of a value, or of the nearest thing around it in the file. */
  readonly offsetOf: (path: Path) => number;
  /** Valid but surprising; in file order. */
  readonly warnings: readonly Fault[];
}

/**
 * Parses and checks an inventory.
 * @param today compared with the end of support
 * @param schema made with other defaults, in tests
 * @throws {InventoryError} with every fault in syntax, shape and meaning
 */
export function parseInventory(
  source: Source,
  today = new Date(),
  schema = inventorySchema,
): Inventory {
  const { root, faults: syntax } = parseYaml(source.text);
  if (root === null) throw new InventoryError(source, syntax.length > 0 ? syntax : [emptyFile()]);
  const value = plainValue(source, root);
  const result = schema.safeParse(value);
  const broken = new Set(syntax.map(({ offset }) => offset));
  const shapeFaults = result.success
    ? []
    : schemaFaults(result.error, root, value).filter(({ offset }) => !broken.has(offset));
  const document = result.success ? finish(result.data) : null;
  const checked = document ?? finish(validParts(value, schema));
  const findings = checkInventory(checked, today.toISOString().slice(0, 10));
  const locate = ({ path, key, message, hint }: Finding): Fault => ({
    offset: key === true ? keyOffset(root, path) : offsetAt(root, path),
    message,
    hint,
  });
  const faults = [...syntax, ...shapeFaults, ...findings.faults.map(locate)];
  if (document === null || faults.length > 0) throw new InventoryError(source, faults);
  return {
    source,
    document,
    offsetOf: (path) => offsetAt(root, path),
    warnings: findings.warnings.map(locate),
  };
}

function emptyFile(): Fault {
  return {
    offset: 0,
    message: 'the file is empty',
    hint: "it needs at least 'nodes:', a list of machines, which may be empty: nodes: []",
  };
}

function plainValue(source: Source, root: YamlNode): unknown {
  try {
    return toValue(root, inventorySchema);
  } catch (error) {
    if (!(error instanceof TooManyValues)) throw error;
    const message = 'aliases expand to more than a million values';
    throw new InventoryError(source, [{ offset: root.offset, message, hint: 'use fewer aliases' }]);
  }
}

/** The valid parts of an invalid document, so that checks across fields see them. */
function validParts(value: unknown, schema: InventorySchema): Parsed<string | undefined> {
  const { nodes, ...sections } = schema.shape;
  const entries = isObject(value) && Array.isArray(value.nodes) ? value.nodes : [];
  const picked = entries.map((entry) => pickValid(nodes.element.shape, entry));
  return { ...pickValid(sections, value), nodes: picked } as Parsed<string | undefined>;
}

type Shape = Readonly<Record<string, z.ZodType>>;
type Picked<S extends Shape> = { -readonly [K in keyof S]?: z.output<S[K]> };

/** Invalid counts as absent: it gets its default, if there is one. */
function pickValid<S extends Shape>(shape: S, value: unknown): Picked<S> {
  const given = isObject(value) ? value : {};
  const entries = Object.entries(shape).flatMap(([key, schema]) => {
    const own = schema.safeParse(given[key]);
    const result = own.success ? own : schema.safeParse(undefined);
    return result.success ? [[key, result.data]] : [];
  });
  return Object.fromEntries(entries) as Picked<S>;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
