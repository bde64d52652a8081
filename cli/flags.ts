// Strict flags for every command, using Node's own parseArgs.
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UserError } from '../messages/user-error.ts';

export type FlagTable = NonNullable<ParseArgsConfig['options']>;

/** Thrown for `--help`; its message is the help text, not an error. */
export class HelpAsked extends Error {
  override readonly name = 'HelpAsked';
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
    throw new HelpAsked(`${usageOf(command, names)}\n  flags: ${listFlags(options)}`);
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
  throw new UserError(
    `${command}: ${problem}\n  ${usageOf(command, names)}\n  flags: ${listFlags(options)}`,
  );
}

function usageOf(command: string, names: readonly string[]): string {
  const words = names.map((name) => (name.endsWith('…') ? `[${name}]` : name));
  return `usage: ./homepbp ${[command, ...words].join(' ')} [flags]`;
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
 * @param least 1 where a server is asked, which has a port
 * @throws {UserError} if it is not a whole number from there to 65535
 */
export function parsePort(command: string, flag: string, text: string, least: 0 | 1 = 0): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port >= least && port <= 65535)) {
    throw new UserError(`${command}: --${flag} takes a port from ${least} to 65535, not '${text}'`);
  }
  return port;
}

/**
 * One of a few words.
 * @throws {UserError} naming them
 */
export function oneOf<T extends string>(
  command: string,
  flag: string,
  allowed: readonly T[],
  text: string,
): T {
  const value = allowed.find((known) => known === text);
  if (value !== undefined) return value;
  throw new UserError(`${command}: --${flag} takes ${allowed.join(' or ')}, not '${text}'`);
}
