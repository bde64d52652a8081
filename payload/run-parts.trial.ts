// Runs pieces of the initramfs scripts as the initramfs would, with a folder of the test's own in
// place of /, and functions of the test's own in place of programs.
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';

const INITRAMFS = join(import.meta.dirname, 'initramfs');
export const STEPS = join(INITRAMFS, 'steps');

/** Why these tests cannot run here; false where they can. The scripts are for Linux only. */
export const SKIP = process.platform === 'linux' ? false : 'the initramfs scripts need Linux tools';

/**
 * The shells that this machine has: each test runs in each. busybox' is the one of the initramfs, but has
 * every applet built in; dash finds only what PATH has, and so shows what payload/initramfs/applets lacks.
 */
export const SHELLS: readonly (readonly string[])[] = [['dash'], ['busybox', 'sh']].filter(
  ([program = '', ...words]) => spawnSync(program, [...words, '-c', ':']).status === 0,
);

/** A folder with just the programs that the initramfs has; null if there is no busybox for them. */
const PROGRAMS = linkApplets();

function linkApplets(): string | null {
  const busybox = findProgram('busybox');
  if (busybox === null) return null;
  const folder = mkdtempSync(join(tmpdir(), 'homepbp-applets-'));
  process.on('exit', () => rmSync(folder, { recursive: true }));
  const applets = readFileSync(join(INITRAMFS, 'applets'), 'utf8').trim().split('\n');
  for (const applet of applets) symlinkSync(busybox, join(folder, applet));
  return folder;
}

function findProgram(name: string): string | null {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find((path) => existsSync(path)) ?? null;
}

/** See `runParts`. */
export const REAL_TIME = 'unset -f sleep; . "$STEPS/fetch.sh"; . "$STEPS/limit.sh"\n';

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
    for part in "$STEPS"/*.sh "$STEPS"/../../boot/slots.sh "$STEPS"/../../disk/labels.sh; do . "$part"; done
    load_module() { :; }; settle_devices() { :; }
    sleep() { echo "sleep $1" >>"$ROOT/calls"; }
    reboot() { echo "reboot $*" >>"$ROOT/calls"; }
    watch_download() { :; }
    end_after() { :; }
    set -u
  `;
  const [program = 'sh', ...words] = shell;
  const result = spawnSync(findProgram(program) ?? program, [...words, '-c', prelude + script], {
    encoding: 'utf8',
    timeout: 60_000,
    env: {
      PATH: PROGRAMS ?? process.env.PATH,
      STEPS,
      ROOT: root,
      HOMEPBP_SYSROOT: root,
    },
  });
  return { status: result.status, console: result.stdout + result.stderr };
}
