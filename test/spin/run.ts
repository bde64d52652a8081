// Checks decree.pml exhaustively with spin, and that breaking a rule in it makes spin find the error.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';

const MODEL = join(import.meta.dirname, 'decree.pml');
/** A definition that breaks one rule of the model, and what it breaks. */
export const BROKEN: Readonly<Record<string, string>> = {
  FORGET: 'votes are forgotten at a restart',
  OWN_VALUE: 'a proposer takes its own value whatever was accepted',
  OWN_SET: 'a majority of the newest set alone decides',
  NO_SEAL: 'acceptors go back to a lower epoch',
};

export interface Verdict {
  readonly errors: number;
  readonly states: number;
  /** Spin's own words about the search. */
  readonly summary: string;
}

/** Prints the whole search and each broken model's error; 1 when one is not as it must be. */
export function runModel(): number {
  const whole = check([]);
  process.stdout.write(`${whole.summary}\n`);
  const missed = Object.entries(BROKEN).filter(([name, rule]) => {
    const found = check([`-D${name}`]).errors > 0;
    process.stdout.write(`${found ? 'error found' : 'NOT FOUND'} when ${rule}\n`);
    return !found;
  });
  return whole.errors === 0 && missed.length === 0 ? 0 : 1;
}

/**
 * Compiles and runs the search of one variant of the model.
 * @throws {UserError} when spin or gcc is missing
 */
export function check(definitions: readonly string[]): Verdict {
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-spin-'));
  try {
    command(folder, 'spin', [...definitions, '-a', MODEL]);
    command(folder, 'gcc', ['-O2', '-w', '-DSAFETY', '-DCOLLAPSE', '-o', 'pan', 'pan.c']);
    return read(command(folder, './pan', ['-E', '-m100000', '-w24']));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function command(cwd: string, program: string, words: readonly string[]): string {
  const { status, error, stdout, stderr } = spawnSync(program, words, { cwd, encoding: 'utf8' });
  if (error !== undefined) {
    throw new UserError(
      `simulate: cannot run ${program}: ${error.message}\n  apt-get install spin gcc libc6-dev`,
    );
  }
  if (status !== 0) throw new Error(`${program} ended with ${status}:\n${stdout}${stderr}`);
  return stdout;
}

function read(text: string): Verdict {
  const errors = /errors: (\d+)/.exec(text)?.[1];
  const states = /([\d.e+]+) states, stored/.exec(text)?.[1];
  if (errors === undefined || states === undefined) throw new Error(`pan said:\n${text}`);
  if (/max search depth too small|out of memory/.test(text)) throw new Error(`cut short:\n${text}`);
  return { errors: Number(errors), states: Number(states), summary: text.trim() };
}
