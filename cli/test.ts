// `npm test`: types, lint, unit and golden tests; no root, no network. What needs either, or a machine,
// is in `npm run test:system`.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';
import { notInstalled } from './missing-package.ts';
import { runInTurn, testWords } from './suites.ts';

const STATIC = [
  ['node_modules/typescript/bin/tsc', '--pretty', 'false'],
  // The page sees a browser and no Node.
  ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--project', 'web'],
  ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
];

/**
 * Runs each check in turn and stops at the first that fails; extra words are test files.
 * @throws {UserError} where what it runs is not installed
 */
export async function run(args: readonly string[]): Promise<number> {
  if (!existsSync(join(import.meta.dirname, '../node_modules/typescript'))) {
    throw new UserError(`test: ${notInstalled('typescript')}`);
  }
  return runInTurn([...STATIC, testWords('test', args)]);
}
