// For tests: a command as a process of its own, as users run it.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const LAUNCHER = join(import.meta.dirname, '../homepbp.mjs');

/**
 * Runs a command to its end. npm's variables are left out, since flags are read from them.
 * @param input what standard input holds; never a terminal
 */
export function runHomepbp(
  args: readonly string[],
  { cwd, home, input = '' }: { cwd: string; home: string; input?: string },
) {
  const env = Object.entries(process.env).filter(([name]) => !name.startsWith('npm_'));
  const { status, stdout, stderr } = spawnSync(process.execPath, [LAUNCHER, ...args], {
    cwd,
    input,
    encoding: 'utf8',
    env: { ...Object.fromEntries(env), HOME: home },
    timeout: 30_000,
  });
  return { status, stdout, stderr };
}
