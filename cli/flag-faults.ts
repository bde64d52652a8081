// What is wrong with a command's arguments, and what was probably meant.
import { parseArgs } from 'node:util';
import { VALUE_SYNONYMS } from '../contract/synonyms.ts';
import { nearest, type Synonyms } from '../messages/nearest.ts';
import type { FlagTable, NameList, Syntax } from './flags.ts';

/** Flags of other tools, by what they are called here. */
const FLAG_SYNONYMS: Synonyms = {
  config: 'inventory',
  file: 'inventory',
  nodes: 'inventory',
  output: ['out', 'json'],
  'output-dir': 'out',
  dir: ['out', 'dist'],
  root: ['dist', 'out'],
  port: 'http-port',
  address: ['ip', 'host'],
  bind: 'host',
  listen: 'host',
  'mac-address': 'mac',
  'ssh-key': 'key',
  iface: 'interface',
  nic: 'interface',
  dhcp: 'proxy-dhcp',
  upgrade: 'update',
  server: ['mirror', 'node'],
  'no-network': 'offline',
  y: 'yes',
  'non-interactive': 'yes',
};

/** One sentence for each fault, in the order of the arguments; empty if there is none. */
export function argumentFaults(
  { words, flags, list = [] }: Syntax,
  args: readonly string[],
): readonly string[] {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: flags,
    strict: false,
    tokens: true,
  });
  // `-abc` is one argument, although it is three tokens.
  const faults = new Map<number, string>();
  for (const token of tokens) {
    if (token.kind !== 'option' || faults.has(token.index)) continue;
    const given = token.rawName.startsWith('--') ? token.rawName : (args[token.index] ?? '');
    const fault = flagFault({ ...token, given }, flags);
    if (fault !== null) faults.set(token.index, fault);
  }
  // What follows an unknown flag may be its value.
  const isSure = tokens.every(
    (token) => token.kind !== 'option' || Object.hasOwn(flags, token.name),
  );
  return [
    ...faults.values(),
    ...(isSure ? [...wordFaults(words, positionals, flags), ...nameFaults(list, positionals)] : []),
  ];
}

interface Given {
  readonly name: string;
  /** As it was typed, without a value. */
  readonly given: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

function flagFault({ name, given, value, inlineValue }: Given, flags: FlagTable): string | null {
  const flag = given.startsWith('--') && Object.hasOwn(flags, name) ? flags[name] : undefined;
  if (flag === undefined) return `unknown flag '${given}'${meantFlag(given, flags)}`;
  if (flag.type === 'boolean') return value === undefined ? null : `${given} takes no value`;
  const isMissing = value === undefined || (!inlineValue && /^-./.test(value));
  if (isMissing) return `${given} needs a value: ${given} ${flag.value}`;
  if (flag.values === undefined || flag.values.includes(value)) return null;
  const near = nearest(value, flag.values, VALUE_SYNONYMS);
  return `${given} takes ${either(flag.values)}, not '${value}'${didYouMean(near)}`;
}

/** `a, b or c`. */
export function either(values: readonly string[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(values);
}

function meantFlag(given: string, flags: FlagTable): string {
  const near = nearest(given.replace(/^-+/, ''), Object.keys(flags), FLAG_SYNONYMS);
  return didYouMean(near === undefined ? undefined : `--${near}`);
}

/** A question after a fault; empty if nothing is near. */
export function didYouMean(near: string | undefined): string {
  return near === undefined ? '' : `; did you mean '${near}'?`;
}

function wordFaults(names: readonly string[], words: readonly string[], flags: FlagTable) {
  const isOpen = names.at(-1)?.endsWith('…') === true;
  const missing = (isOpen ? names.slice(0, -1) : names).slice(words.length);
  const stray = isOpen ? [] : words.slice(names.length);
  return [
    ...missing.map((name) => `${name} is missing`),
    ...stray.map((word) => {
      const isFlag = Object.hasOwn(flags, word);
      return `unexpected argument '${word}'${didYouMean(isFlag ? `--${word}` : undefined)}`;
    }),
  ];
}

/** A longer list is for --help. */
const FEW = 6;

function nameFaults(list: NameList, words: readonly string[]) {
  const known = list.map(([name]) => name);
  if (known.length === 0) return [];
  const some = known.length <= FEW ? `; there is ${known.join(', ')}` : '';
  return words
    .filter((word) => !known.includes(word))
    .map((word) => `there is no '${word}'${didYouMean(nearest(word, known)) || some}`);
}
