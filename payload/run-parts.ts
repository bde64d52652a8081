// Runs pieces of the initramfs scripts as the initramfs would, with a folder of the test's own in
// place of /, and functions of the test's own in place of programs.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

export const SCRIPTS = join(import.meta.dirname, 'initramfs/scripts');

/** Why these tests cannot run here; false where they can. The scripts are for Linux only. */
export const SKIP = process.platform === 'linux' ? false : 'the initramfs scripts need Linux tools';

/** The shells of initramfs-tools' releases that this machine has: each test runs in each. */
export const SHELLS: readonly (readonly string[])[] = [['sh'], ['dash'], ['busybox', 'sh']].filter(
  ([program = '', ...words]) => spawnSync(program, [...words, '-c', ':']).status === 0,
);

/** See `runParts`. */
export const REAL_TIME =
  'unset -f sleep; . "$SCRIPTS/homepbp.d/fetch.sh"; . "$SCRIPTS/homepbp.d/limit.sh"\n';

export interface Outcome {
  readonly status: number | null;
  /** What the console showed: messages and whatever else was printed. */
  readonly console: string;
}

/**
 * A folder that stands for / with `files` (path → text) in it; removed when the test ends.
 */
export function makeRoot(t: TestContext, files: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'homepbp-initramfs-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  for (const folder of ['run/homepbp', 'proc/sys/kernel', 'etc', 'root']) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/**
 * Sources all parts and then runs `script`. `sleep` and `reboot` only write down that they were
 * called, in $ROOT/calls; the watchdogs, which live by real seconds, are off. REAL_TIME at the start
 * of a script brings both back.
 */
export function runParts(shell: readonly string[], root: string, script: string): Outcome {
  const prelude = `
    for part in "$SCRIPTS"/homepbp.d/*.sh "$SCRIPTS"/../../boot/slots.sh "$SCRIPTS"/../../disk/labels.sh; do . "$part"; done
    sleep() { echo "sleep $1" >>"$ROOT/calls"; }
    reboot() { echo "reboot $*" >>"$ROOT/calls"; }
    watch_download() { :; }
    end_after() { :; }
    set -u
  `;
  const [program = 'sh', ...words] = shell;
  const result = spawnSync(program, [...words, '-c', prelude + script], {
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: process.env.PATH,
      SCRIPTS,
      ROOT: root,
      HOMEPBP_SYSROOT: root,
      rootmnt: join(root, 'root'),
    },
  });
  return { status: result.status, console: result.stdout + result.stderr };
}
