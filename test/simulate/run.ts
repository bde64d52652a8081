// Starts the simulator, which is Python as the core that it runs.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';
import { compileSimulator } from './compile.ts';

const ROOT = join(import.meta.dirname, '../..');
const SOURCES = `${join(ROOT, 'payload')}:${join(ROOT, 'test')}`;
/** From so many seeds on it pays to compile first, which takes half a minute once. */
const MANY = 20_000;

/** Histories by seed; 1 when one of them broke an invariant. */
export function runSeeds(first: number, last: number, nodes: number): number {
  const flags = { first, last, nodes, processes: availableParallelism() };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  const path = last - first + 1 >= MANY ? (compileSimulator() ?? SOURCES) : SOURCES;
  return runPython('simulate.run', words, path);
}

/** Breaks one safety rule after the other; 1 when the simulator does not see it. */
export function runMutations(): number {
  return runPython('simulate.mutate', ['--processes', String(availableParallelism())], SOURCES);
}

function runPython(module: string, words: readonly string[], path: string): number {
  return python(module, words, path, 'inherit').status ?? 1;
}

/**
 * What a module of test/simulate prints.
 * @throws {Error} when it fails
 */
export function readPython(module: string, words: readonly string[]): string {
  const { status, stdout } = python(module, words, SOURCES, 'pipe');
  if (status !== 0) throw new Error(`${module} ended with ${status}`);
  return stdout;
}

function python(
  module: string,
  words: readonly string[],
  path: string,
  stdout: 'inherit' | 'pipe',
) {
  const run = spawnSync('python3', ['-B', '-m', module, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
    env: { ...process.env, PYTHONPATH: path },
  });
  if (run.error === undefined) return run;
  throw new UserError('simulate: cannot run python3\n  apt-get install python3', {
    cause: run.error,
  });
}
