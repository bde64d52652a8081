// Strict flags for every command, using Node's own parseArgs.
import { parseArgs } from 'node:util';
import { UserError } from '../messages/user-error.ts';
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

/** What a command takes. */
export interface Syntax {
  readonly command: string;
  /** What its arguments stand for, such as NAME. */
  readonly words: readonly string[];
  readonly flags: FlagTable;
}

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
 * @throws {UserError} naming the argument and what to do instead
 * @throws {HelpAsked} for --help or -h
 */
export function parseFlags<T extends FlagTable>(
  command: string,
  args: readonly string[],
  options: T,
  environment: NodeJS.ProcessEnv = process.env,
) {
  return parseWords(command, args, options, [], environment).flags;
}

/**
 * Parses flags and, anywhere among them, one argument for each of `names`.
 * @param names what the arguments stand for, such as NAME, for the messages; `NAME…`, as the last: any number, or none
 * @throws {UserError} also for too few or too many arguments
 */
export function parseWords<T extends FlagTable>(
  command: string,
  args: readonly string[],
  options: T,
  names: readonly string[],
  environment: NodeJS.ProcessEnv = process.env,
) {
  if (args.includes('--help') || args.includes('-h')) {
    throw new HelpAsked({ command, words: names, flags: options });
  }
  refuseSwallowed(command, options, environment);
  try {
    const allowPositionals = names.length > 0;
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals });
    checkWords(command, parsed.positionals, names, options);
    return { flags: parsed.values, words: parsed.positionals };
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UserError(`${command}: ${cause.message}\n  flags: ${listFlags(options)}`, { cause });
  }
}

function checkWords(
  command: string,
  words: readonly string[],
  names: readonly string[],
  options: FlagTable,
) {
  const isOpen = names.at(-1)?.endsWith('…') === true;
  const missing = (isOpen ? names.slice(0, -1) : names)[words.length];
  const stray = isOpen ? undefined : words[names.length];
  if (missing === undefined && stray === undefined) return;
  const problem =
    missing === undefined ? `unexpected argument '${stray}'` : `${missing} is missing`;
  const usage = usageOf({ command, words: names });
  throw new UserError(`${command}: ${problem}\n  ${usage}\n  flags: ${listFlags(options)}`);
}

function refuseSwallowed(command: string, options: FlagTable, environment: NodeJS.ProcessEnv) {
  // npx passes on everything after the name; what it took came before that and was meant for npx (-y).
  if (environment.npm_command === 'exec') return;
  for (const name of Object.keys(options)) {
    if (environment[`npm_config_${name.replaceAll('-', '_')}`] === undefined) continue;
    throw new UserError(
      `${command}: npm kept --${name} for itself. Put '--' before the flags: npm run ${command} -- --${name} …`,
    );
  }
}

function listFlags(options: FlagTable): string {
  const names = Object.keys(options).map((name) => `--${name}`);
  return names.length === 0 ? 'none' : names.join(' ');
}

/**
 * A port number, 0 meaning any free one.
 * @throws {UserError} if it is not a whole number from 0 to 65535
 */
export function parsePort(command: string, flag: string, text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65535)) {
    throw new UserError(`${command}: --${flag} takes a port from 0 to 65535, not '${text}'`);
  }
  return port;
}
