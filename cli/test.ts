// `npm test`: types, lint, unit and golden tests; no root, no network. What needs either, or a machine,
// is in `npm run test:system`.
import { runInTurn, testWords } from './suites.ts';

const STATIC = [
  ['node_modules/typescript/bin/tsc', '--pretty', 'false'],
  // The page sees a browser and no Node.
  ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--project', 'web'],
  ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
];

/** Runs each check in turn and stops at the first that fails; extra words are test files. */
export async function run(args: readonly string[]): Promise<number> {
  return runInTurn([...STATIC, testWords('test', args)]);
}
