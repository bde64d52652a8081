// The test suites, whose files are beside their sources, and how Node's runner runs them.
import { spawnSync } from 'node:child_process';
import { globSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { firstComment } from './first-comment.ts';
import { HelpAsked } from './flags.ts';

const ROOT = join(import.meta.dirname, '..');
/** Generated, without tests of ours. */
const MADE = ['node_modules', 'dist', 'media', 'secrets', 'state'];
const ROOMS = readdirSync(ROOT, { withFileTypes: true })
  .filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('.') && !MADE.includes(entry.name),
  )
  .map(({ name }) => name);

/** `test`: needs neither root nor other machines, and is quick; `system`: everything else. */
export type Suite = 'test' | 'system';

/** Globs for all files of a suite, from the repository's root. */
export function patternsOf(suite: Suite): string[] {
  return ROOMS.map((room) => `${room}/**/*.${suite}.ts`);
}

/** @throws {HelpAsked} for --help, with the suite's files; anything else is left to Node's test runner */
export function helpOnSuite(command: string, suite: Suite, args: readonly string[]): void {
  if (!args.includes('--help') && !args.includes('-h')) return;
  const files = globSync(patternsOf(suite), { cwd: ROOT }).sort();
  const list = files.map(
    (file) => [file, firstComment(join(ROOT, file)) || testedBy(file)] as const,
  );
  throw new HelpAsked({ command, words: ['FILE…'], flags: {}, list });
}

/**
 * Runs each Node.js program in turn and stops at the first that fails.
 * @param programs the arguments of each, after `node`
 * @returns the exit status
 */
export function runInTurn(programs: readonly (readonly string[])[]): number {
  for (const words of programs) {
    const { status } = spawnSync(process.execPath, words, {
      cwd: ROOT,
      stdio: 'inherit',
      env: { ...process.env, ...COMPILED },
    });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}

/** Most files import the same modules: what one process compiled, the next one reuses. */
const COMPILED = { NODE_COMPILE_CACHE: join(ROOT, 'node_modules/.cache/compiled') };

/**
 * The arguments that run test files.
 * @param files the requested files; if empty, the whole suite
 */
export function testWords(suite: Suite, files: readonly string[]): string[] {
  const chosen = files.length > 0 ? files : patternsOf(suite);
  return ['--test', `--test-concurrency=${concurrencyOf(suite)}`, ...chosen];
}

/** Node's own choice leaves one processor idle. System suites share the machine's disks and devices. */
function concurrencyOf(suite: Suite): number {
  return suite === 'test' ? availableParallelism() : 1;
}

function testedBy(file: string): string {
  return `tests ${file.replace(/\.\w+\.ts$/, '.ts')}`;
}
