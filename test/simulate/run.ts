// Starts the simulator, which is Python as the core that it runs; under PyPy it is ten times as fast.
import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { UserError } from '../../contract/user-error.ts';

const ROOT = join(import.meta.dirname, '../..');

/** Histories by seed; 1 when one of them broke an invariant. */
export function runSeeds(first: number, last: number, nodes: number): number {
  const flags = { first, last, nodes, processes: availableParallelism() };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]);
  return runPython('simulate.run', words);
}

/** Breaks one safety rule after the other; 1 when the simulator does not see it. */
export function runMutations(): number {
  return runPython('simulate.mutate', ['--processes', String(availableParallelism())]);
}

/** Runs a module of test/simulate with the terminal as its own; its exit status. */
export function runPython(module: string, words: readonly string[]): number {
  return python(module, words, 'inherit').status ?? 1;
}

/** What a module of test/simulate prints. */
export function readPython(module: string, words: readonly string[]): string {
  const { status, stdout } = python(module, words, 'pipe');
  if (status !== 0) throw new Error(`${module} ended with ${status}`);
  return stdout;
}

function python(module: string, words: readonly string[], stdout: 'inherit' | 'pipe') {
  return spawnSync(interpreter(), ['-B', '-m', module, ...words], {
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'inherit'],
    env: {
      ...process.env,
      PYTHONPATH: `${join(ROOT, 'payload')}:${join(ROOT, 'test')}`,
      // Young objects that die before they are looked at cost nothing.
      PYPY_GC_NURSERY: process.env.PYPY_GC_NURSERY ?? '32MB',
    },
  });
}

function interpreter(): string {
  const found = ['pypy3', 'python3'].find(
    (program) => spawnSync(program, ['--version']).status === 0,
  );
  if (found !== undefined) return found;
  throw new UserError('simulate: there is neither pypy3 nor python3\n  apt-get install pypy3');
}
