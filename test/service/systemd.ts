// For tests: starts boot-systemd.sh, and runs commands on the computer that it makes.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { REPOSITORY } from '../privileges/privileges.trial.ts';

export interface Systemd {
  /** Runs a shell command there, as root in the project's folder; its output. Throws when it fails. */
  sh(command: string): string;
}

/**
 * @param folder a trial's
 * @returns null, and the test is skipped, where this kernel or container does not let a systemd run, as
 * many containers do not
 * @throws instead where all tools must be there
 */
export async function bootSystemd(t: TestContext, folder: string): Promise<Systemd | null> {
  const systemd = await tryToBoot(t, folder);
  if (systemd === null) {
    assert.notEqual(process.env.HOMEPBP_REQUIRE_TOOLS, '1', 'no systemd can run here');
    t.skip('no systemd can run here');
  }
  return systemd;
}

async function tryToBoot(t: TestContext, folder: string): Promise<Systemd | null> {
  const group = makeControlGroup();
  if (group === null) return null;
  const namespaces = ['--pid', '--mount', '--net', '--uts', '--ipc', '--cgroup'];
  const enter = `echo $$ >"$G/cgroup.procs"; exec unshare --fork --kill-child --mount-proc "$@"`;
  const script = join(import.meta.dirname, 'boot-systemd.sh');
  const child = spawn('sh', ['-c', enter, 'sh', ...namespaces, 'sh', script], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', T: folder, R: REPOSITORY, G: group },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      said += chunk;
    });
  }
  const exit = once(child, 'close').then(() => true);
  t.after(async () => {
    child.kill('SIGKILL');
    await exit;
    await removeControlGroup(group);
  });
  const sh = (command: string) => {
    const words = ['-t', firstChildOf(child.pid ?? 0), '-m', '-n', '-p', '-u', '-i', '-C'];
    return execFileSync('nsenter', [...words, 'sh', '-ec', `cd /srv/homepbp\n${command}`], {
      encoding: 'utf8',
      timeout: 30_000,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    });
  };
  const up = until(() => succeeds(() => sh('systemctl is-active trial.target')));
  if (await Promise.race([exit, up.then((yes) => !yes)])) {
    t.diagnostic(`no systemd here: ${said.slice(-500)}`);
    return null;
  }
  return { sh };
}

function succeeds(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch {
    return false;
  }
}

function firstChildOf(pid: number): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0] ?? '';
}

/** A control group (version 2) of its own; null where none can be made. */
function makeControlGroup(): string | null {
  const mounts = readFileSync('/proc/mounts', 'utf8');
  const top = /^\S+ (\S+) cgroup2 rw/m.exec(mounts)?.[1];
  if (top === undefined) return null;
  const group = join(top, `homepbp-test-${process.pid}`);
  try {
    mkdirSync(group);
    return group;
  } catch {
    return null;
  }
}

/** Its processes, who have been killed, may take a moment to be gone. */
async function removeControlGroup(group: string): Promise<void> {
  const gone = await until(() => {
    if (!existsSync(group)) return true;
    return succeeds(() => {
      writeFileSync(join(group, 'cgroup.kill'), '1');
      removeFolders(group);
    });
  });
  if (!gone) throw new Error(`${group} is still in use`);
}

function removeFolders(group: string) {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeFolders(join(group, entry.name));
  }
  rmdirSync(group);
}

/** Whether a condition holds within that time; looked at again and again. */
export async function until(condition: () => boolean, seconds = 15): Promise<boolean> {
  const deadline = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return true;
}
