// For tests of the disk programs: runs payload/disk/prepare, with the test's own disks in /sys.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { noApplets, type TrialKernel } from './kernel.trial.ts';

const PREPARE = join(import.meta.dirname, 'prepare');
export const GIB = 1024 ** 3;

export interface Outcome {
  readonly status: number | null;
  readonly said: string;
  /** The last word: `use …` or `refuse …`; empty when it came to none. */
  readonly result: string;
}

export interface Wishes {
  readonly node?: string;
  readonly disk?: string;
  readonly wipe?: string;
  readonly shell?: readonly string[];
  /** Put before PATH. */
  readonly tools?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs payload/disk/prepare.
 * @param folder has what it writes for the initramfs, in run/
 * @param inside words before the shell's, such as those that give it namespaces
 */
export function prepare(
  kernel: TrialKernel,
  folder: string,
  wishes: Wishes = {},
  inside: readonly string[] = [],
): Outcome {
  const { node = 'node-a', disk = 'auto', wipe = '', shell = ['sh'], tools, env } = wishes;
  const result = join(folder, 'run/result');
  rmSync(result, { force: true });
  const own = { NODE: node, DISK: disk, WIPE: wipe, RESULT: result, BOOT_IN_USE: '', ...env };
  const path = tools === undefined ? `${kernel.env.PATH}` : `${tools}:${kernel.env.PATH}`;
  const script = `${shell[0] === 'busybox' ? noApplets(path) : ''}export MAIN=$$; . "$0"`;
  const [program = 'sh', ...words] = [...inside, ...shell, '-c', script, PREPARE];
  const done = spawnSync(program, words, {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...kernel.env, PATH: path, SETTLED_AT: '0', LATE_DISKS: '0', ...own },
  });
  const last = existsSync(result) ? readFileSync(result, 'utf8').trim() : '';
  return { status: done.status, said: done.stdout + done.stderr, result: last };
}

/** A hash over the blocks of a file that are not all zeros, whatever its holes. */
const HASH = `import hashlib, os, sys
fd, block, at, total = os.open(sys.argv[1], os.O_RDONLY), 65536, 0, hashlib.sha256()
while True:
    try:
        at = os.lseek(fd, at, os.SEEK_DATA) // block * block
    except OSError:
        break
    data = os.pread(fd, block, at)
    if data.strip(b"\\0"):
        total.update(b"%d " % at + data)
    at += block
print(total.hexdigest())
`;

export function hashOf(image: string): string {
  return run('python3', ['-c', HASH, image]).trim();
}

/** Runs a program and gives what it printed. */
export function run(program: string, words: readonly string[], env = process.env): string {
  return execFileSync(program, words, {
    encoding: 'utf8',
    timeout: 60_000,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
