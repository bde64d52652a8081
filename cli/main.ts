// The command line: finds the command, runs it, and turns its errors into messages.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { escaped } from '../messages/escaped.ts';
import { UserError } from '../messages/user-error.ts';
import { COMMANDS, findCommand, usage } from './commands.ts';
import { HelpAsked } from './flags.ts';
import { helpText } from './help-text.ts';
import { missingPackage } from './missing-package.ts';
import { expectClosedPipes } from './standard-output.ts';
import { unknownCommand } from './unknown-command.ts';

/** Runs one command and sets the process's exit status. Never throws. */
export async function main(args: readonly string[]): Promise<void> {
  expectClosedPipes(findCommand(args[0] ?? '')?.isServer ?? false);
  process.exitCode = await runCommand(args);
}

const HELP = ['help', '--help', '-h'];

/** Runs one command and returns the exit status; anything it throws is a bug. */
export async function runCommand(words: readonly string[]): Promise<number> {
  const [first = '', second] = words;
  if (first === 'help' && second !== undefined && !HELP.includes(second))
    return runNamed(second, ['--help']);
  if (HELP.includes(first)) return print(usage());
  if (['--version', '-V', 'version'].includes(first)) return print(`${version()}\n`);
  // Asked by the scripts of `completion`.
  if (first === 'complete') return (await import('./complete.ts')).complete(words.slice(1));
  if (words.length > 0) return runNamed(first, words.slice(1));
  process.stdout.write(usage());
  return 1;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function version(): string {
  return JSON.parse(readFileSync(join(import.meta.dirname, '../package.json'), 'utf8')).version;
}

async function runNamed(name: string, args: readonly string[]): Promise<number> {
  const command = findCommand(name);
  if (command === undefined) return fail(unknownCommand(name, Object.keys(COMMANDS)));
  try {
    return await (await command.load()).run(args);
  } catch (error) {
    if (error instanceof HelpAsked) {
      const { columns = 80 } = process.stdout;
      return print(helpText(command.summary, error.syntax, columns));
    }
    const missing = missingPackage(error);
    if (missing !== null) return fail(`${name}: ${missing}`);
    if (!(error instanceof UserError)) throw error;
    // It may quote what servers answered.
    return fail(escaped(error.message));
  }
}

function fail(message: string): number {
  process.stderr.write(`${message}\n`);
  return 1;
}
