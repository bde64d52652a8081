// `npm test`: types, lint, unit and golden tests; no root, no network.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../messages/user-error.ts';
import { notInstalled } from './missing-package.ts';

const ROOMS = [
  'contract',
  'formats',
  'messages',
  'build',
  'fetch',
  'dhcp',
  'shim',
  'web',
  'cli',
  'payload',
  'test',
];

/**
 * Runs each check in turn and stops at the first that fails; extra words are test files.
 * @throws {UserError} where what it runs is not installed
 */
export async function run(args: readonly string[]): Promise<number> {
  const root = join(import.meta.dirname, '..');
  const files = args.length > 0 ? args : ROOMS.map((room) => `${room}/**/*.test.ts`);
  const checks = [
    ['node_modules/typescript/bin/tsc', '--pretty', 'false'],
    // The page sees a browser and no Node.
    ['node_modules/typescript/bin/tsc', '--pretty', 'false', '--project', 'web'],
    ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
    ['--test', ...files],
  ];
  if (!existsSync(join(root, 'node_modules/typescript'))) {
    throw new UserError(`test: ${notInstalled('typescript')}`);
  }
  for (const check of checks) {
    const { status } = spawnSync(process.execPath, check, { cwd: root, stdio: 'inherit' });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}
