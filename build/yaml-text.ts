// A text as a YAML scalar that our own reader gives back unchanged.
import { yamlScalar } from './render.ts';
import { parseYaml } from './yaml.ts';
import type { Quote } from './yaml-spans.ts';

/** Plain where that is safe (also in brackets), otherwise or if `quote` says so quoted. */
export function yamlText(text: string, quote: Quote = ''): string {
  if (quote === '"') return yamlScalar(text);
  if (quote === "'" && /^[\x20-\x7e]*$/.test(text)) return `'${text.replaceAll("'", "''")}'`;
  return isPlain(text) ? text : yamlScalar(text);
}

/** Whether the bare text reads back as itself: no comment, bracket, anchor or null. */
function isPlain(text: string): boolean {
  if (!/^[\x21-\x7e]+( [\x21-\x7e]+)*$/.test(text)) return false;
  const { root, faults } = parseYaml(`{ key: ${text} }`);
  if (root?.kind !== 'mapping' || root.entries.size !== 1 || faults.length > 0) return false;
  const value = root.entries.get('key')?.value;
  return value?.kind === 'scalar' && value.text === text && value.value !== null;
}
