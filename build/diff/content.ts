// Differences of two texts, each in the way of its kind: YAML and JSON by meaning, iPXE scripts by
// line and the kernel line by word, everything else by line.
import { load } from 'js-yaml';
import { type Change, change, itemChanges } from './change.ts';
import { valueChanges } from './values.ts';

/** The differences of two texts that stand at the same path; at least one when they differ. */
export function textChangesAt(path: string, before: string, after: string): Change[] {
  const changes = path.endsWith('.ipxe')
    ? scriptChanges(before, after)
    : structureChanges(path, before, after);
  return changes.length > 0 ? changes : itemChanges(null, lines(before), lines(after));
}

const STRUCTURED = /(^|\/)((user|vendor|meta)-data|network-config|[^/]*\.json)$/;

function structureChanges(path: string, before: string, after: string): Change[] {
  if (!STRUCTURED.test(path)) return [];
  try {
    return valueChanges('', load(before), load(after));
  } catch {
    return [];
  }
}

/** Comments differ with what they are about, so they are told only where nothing else differs. */
function scriptChanges(before: string, after: string): Change[] {
  const [left, right] = [scriptOf(before), scriptOf(after)];
  const words =
    left.kernel.length === 0 || right.kernel.length === 0
      ? []
      : itemChanges('kernel line', left.kernel, right.kernel);
  const whole = words.length === 0 || left.rest.join('\n') !== right.rest.join('\n');
  return [...(whole ? itemChanges(null, left.rest, right.rest) : []), ...words];
}

/** The words of the one kernel line apart from the other lines; where it was stays marked. */
function scriptOf(text: string) {
  const code = lines(text).filter((line) => !line.startsWith('#') || line.startsWith('#!'));
  const kernels = code.filter((line) => line.startsWith('kernel '));
  const kernel = kernels.length === 1 ? (kernels[0] ?? '').split(' ') : [];
  const rest = code.map((line) => (kernel.length > 0 && line === kernels[0] ? 'kernel …' : line));
  return { kernel, rest };
}

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}

/**
 * Where secrets differ, told by the lines of the previews, in which they are masked.
 * @returns one change for each masked line whose secret differs; one without a place where only
 *   secrets differ and the lines do not say which
 */
export function secretChanges(before: Masked, after: Masked): Change[] {
  const [left, right] = [secretsOf(before), secretsOf(after)];
  const places = [...right].flatMap(([line, secret]) => {
    const earlier = left.get(line);
    return earlier === undefined || earlier === secret ? [] : [change('secret', line.trim())];
  });
  if (places.length > 0) return places;
  return before.preview === after.preview && before.text !== after.text
    ? [change('secret', null)]
    : [];
}

/** A text that holds secrets, and the same with its secrets masked. */
export interface Masked {
  readonly text: string;
  readonly preview: string;
}

/** Masked line → the same line with its secret; empty when the two do not stand line by line. */
function secretsOf({ text, preview }: Masked): ReadonlyMap<string, string> {
  const [full, masked] = [lines(text), lines(preview)];
  if (full.length !== masked.length) return new Map();
  const pairs = masked.map((line, index) => [line, full[index] ?? ''] as const);
  return new Map(pairs.filter(([line, secret]) => line !== secret));
}
