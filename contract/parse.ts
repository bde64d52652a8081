// Input from another room or a machine is used only if it matches its schema.
import * as z from 'zod/mini';

/** The output type of a schema, read-only. */
export type Agreed<Schema extends z.core.$ZodType> = Frozen<z.output<Schema>>;

type Frozen<T> = T extends readonly (infer Item)[]
  ? readonly Frozen<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: Frozen<T[Key]> }
    : T;

/**
 * A value does not match its schema. The message says where and why; it repeats no value, which may be
 * a secret.
 */
export class Mismatch extends Error {
  override readonly name: string = 'Mismatch';
  /** Steps to the value; null where the text is not JSON. */
  readonly path: readonly PropertyKey[] | null;

  constructor(message: string, path: readonly PropertyKey[] | null) {
    super(message);
    this.path = path;
  }
}

/** Parses JSON. @throws {Mismatch} */
export function parseJson<Schema extends z.core.$ZodType>(
  schema: Schema,
  text: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Mismatch('not valid JSON', null);
  }
  return parseValue(schema, value);
}

/** @throws {Mismatch} */
export function parseValue<Schema extends z.core.$ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const { data, error } = z.safeParse(schema, value, { reportInput: true });
  if (error === undefined) return data;
  const [issue] = error.issues;
  throw new Mismatch(`${pathText(issue?.path ?? [])} ${reasonOf(issue)}`, issue?.path ?? []);
}

/** As in JavaScript: `nodes[0].macs`. */
function pathText(path: readonly PropertyKey[]): string {
  const steps = path.map((step) =>
    typeof step === 'string' && /^[A-Za-z_]\w*$/.test(step)
      ? `.${step}`
      : `[${typeof step === 'string' ? JSON.stringify(step) : String(step)}]`,
  );
  return steps.join('').replace(/^\./, '') || 'the value';
}

const KINDS: Readonly<Record<string, string>> = {
  object: 'an object',
  record: 'an object',
  array: 'a list',
  int: 'a whole number',
};

function reasonOf(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code !== 'unrecognized_keys' && issue?.input === undefined) return 'is missing';
  switch (issue.code) {
    case 'invalid_type':
      return `is not ${KINDS[issue.expected] ?? `a ${issue.expected}`}`;
    case 'invalid_value':
      return `is not ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'unrecognized_keys':
      return `has the unknown key ${issue.keys.map((key) => JSON.stringify(key)).join(', ')}`;
    case 'too_small':
      return issue.inclusive === false
        ? `is ${issue.minimum} or less`
        : `is less than ${issue.minimum}`;
    case 'too_big':
      return 'is too large';
    case 'custom':
      return issue.message;
    default:
      return 'is not valid';
  }
}
