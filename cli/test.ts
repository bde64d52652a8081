// `npm test`: types, lint, unit and golden tests; no root, no network. Tests that need
// either, or a machine, are in `npm run test:system`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';
import { notInstalled } from './missing-package.ts';
import { helpOnSuite, runInTurn, testWords } from './suites.ts';

const STATIC = [
  ['node_modules/typescript/bin/tsc', '--pretty', 'false'],
  // The page has a browser's types, not Node's.
  ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--project', 'web'],
  ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
];

/**
 * Runs each check in turn and stops at the first that fails; extra arguments are test files.
 * @throws {UserError} if a tool is not installed
 */
export async function run(args: readonly string[]): Promise<number> {
  helpOnSuite('test', 'test', args);
  if (!existsSync(join(import.meta.dirname, '../node_modules/typescript'))) {
    throw new UserError(`test: ${notInstalled('typescript')}`);
  }
  return runInTurn([...STATIC, testWords('test', args)]);
}
