// Differences between two texts by kind: YAML and JSON by meaning, iPXE scripts by line, the kernel
// line by word, everything else by line.
import { load } from 'js-yaml';
import { type Change, itemChanges } from './change.ts';
import { valueChanges } from './values.ts';

/** The differences between two texts at the same path; at least one when they differ. */
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

/** Comments change with the code, so they are shown only if nothing else differs. */
function scriptChanges(before: string, after: string): Change[] {
  const [left, right] = [codeOf(before), codeOf(after)];
  const [old, now] = [kernelOf(left), kernelOf(right)];
  if (old === null || now === null) return itemChanges(null, left, right);
  const apart = (code: readonly string[], kernel: string) =>
    code.map((line) => (line === kernel ? 'kernel' : line));
  return [
    ...itemChanges(null, apart(left, old), apart(right, now)),
    ...itemChanges('kernel line', old.split(' '), now.split(' ')),
  ];
}

function codeOf(text: string): string[] {
  return lines(text).filter((line) => !/^#(?!!)/.test(line));
}

/** The one kernel line, null when there is none or more than one. */
function kernelOf(code: readonly string[]): string | null {
  const [kernel, ...more] = code.filter((line) => line.startsWith('kernel '));
  return kernel === undefined || more.length > 0 ? null : kernel;
}

function lines(text: string): string[] {
  return text.replace(/\n$/, '').split('\n');
}
