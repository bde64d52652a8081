// Strict flags for every command, using Node's own parseArgs.
import { parseArgs } from 'node:util';
import { UserError } from '../messages/user-error.ts';
import { argumentFaults } from './flag-faults.ts';
import { usageOf } from './help-text.ts';

interface AnyFlag {
  /** One line for `--help`: what the flag does or what its value is, without the default. */
  readonly about: string;
  /** May be given several times. */
  readonly multiple?: boolean;
  /** What happens without the flag, in words, where a fixed `default` does not say it. */
  readonly otherwise?: string;
}

interface TextFlag extends AnyFlag {
  readonly type: 'string';
  /** What the value is, such as FILE. */
  readonly value: string;
  /** All allowed values. */
  readonly values?: readonly string[];
  readonly default?: string;
}

interface Switch extends AnyFlag {
  readonly type: 'boolean';
  /** Optional words after it, such as `[KIND…]`. */
  readonly value?: string;
  readonly values?: readonly string[];
  readonly default: false;
}

export type Flag = TextFlag | Switch;

/** A command's flags by name, in the order in which `--help` lists them. */
export type FlagTable = Readonly<Record<string, Flag>>;

/** The values of a table's flags; those without a default may be missing. */
export type Values<T extends FlagTable> = {
  [K in keyof T as T[K] extends { default: unknown } ? K : never]: Value<T[K]>;
} & {
  [K in keyof T as T[K] extends { default: unknown } ? never : K]?: Value<T[K]>;
};
type Value<F extends Flag> = F extends { multiple: true } ? One<F>[] : One<F>;
type One<F extends Flag> = F extends { type: 'boolean' }
  ? boolean
  : F extends { values: readonly (infer V)[] }
    ? V
    : string;

/** What a command takes. */
export interface Syntax {
  readonly command: string;
  /** What its arguments stand for, such as NAME; `NAME…`, as the last: any number, or none. */
  readonly words: readonly string[];
  readonly flags: FlagTable;
  /** Names for the arguments, each with a line about it. */
  readonly list?: NameList;
}

export type NameList = readonly (readonly [name: string, about: string])[];

/** Thrown for `--help`, before the command does anything. */
export class HelpAsked extends Error {
  override readonly name = 'HelpAsked';
  readonly syntax: Syntax;

  constructor(syntax: Syntax) {
    super(usageOf(syntax));
    this.syntax = syntax;
  }
}

/**
 * Parses the arguments after the command. Refuses unknown flags and unexpected arguments, and a flag
 * that npm took for itself (`npm run build --out x` arrives as `npm_config_out`, not as an argument).
 * @throws {UserError} naming every wrong argument and what to do instead
 * @throws {HelpAsked} for --help or -h
 */
export function parseFlags<T extends FlagTable>(
  command: string,
  args: readonly string[],
  flags: T,
  environment: NodeJS.ProcessEnv = process.env,
) {
  return parseWords(command, args, flags, [], environment).flags;
}

/**
 * Parses flags and, anywhere among them, one argument for each of `words`.
 * @param words what the arguments stand for, as in `Syntax`
 * @param list all that they may be; empty: anything
 * @throws {UserError} also for too few or too many arguments
 */
export function parseWords<T extends FlagTable>(
  command: string,
  args: readonly string[],
  flags: T,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
  list: NameList = [],
) {
  const syntax: Syntax = { command, words, flags, ...(list.length > 0 && { list }) };
  if (args.includes('--help') || args.includes('-h')) throw new HelpAsked(syntax);
  refuseSwallowed(command, flags, environment);
  const faults = argumentFaults(syntax, args);
  if (faults.length > 0) throw wrongArguments(syntax, faults);
  const options: FlagTable = flags;
  const parsed = parseArgs({ args: [...args], options, allowPositionals: true });
  return { flags: parsed.values as Values<T>, words: parsed.positionals };
}

function wrongArguments(syntax: Syntax, faults: readonly string[]): UserError {
  const lines = faults.map((fault) => `${syntax.command}: ${fault}`);
  return new UserError(`${lines.join('\n')}\n  ${usageOf(syntax)}; --help describes the flags`);
}

function refuseSwallowed(command: string, flags: FlagTable, environment: NodeJS.ProcessEnv) {
  // npx passes on everything after the name; what it took came before that and was meant for npx (-y).
  if (environment.npm_command === 'exec') return;
  for (const name of Object.keys(flags)) {
    if (environment[`npm_config_${name.replaceAll('-', '_')}`] === undefined) continue;
    throw new UserError(
      `${command}: npm kept --${name} for itself. Put '--' before the flags: npm run ${command} -- --${name} …`,
    );
  }
}

/**
 * A port number, 0 meaning any free one.
 * @param least 1 where a server is asked, which has a port
 * @throws {UserError} if it is not a whole number from there to 65535
 */
export function parsePort(command: string, flag: string, text: string, least: 0 | 1 = 0): number {
  return parseWhole(command, flag, text, ['a port', least, 65535]);
}

/**
 * How many there are to be, at least one.
 * @throws {UserError} if it is not a whole number up to `most`
 */
export function parseCount(command: string, flag: string, text: string, most: number): number {
  return parseWhole(command, flag, text, ['a number', 1, most]);
}

function parseWhole(
  command: string,
  flag: string,
  text: string,
  [what, least, most]: readonly [what: string, least: number, most: number],
): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UserError(
    `${command}: --${flag} takes ${what} from ${least} to ${most}, not '${text}'`,
  );
}
