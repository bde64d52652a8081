// What runs that died without closing (SIGKILL, a crash of the host's session) left behind.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeNamespace } from './lan.ts';
import { SUITES } from './other-suite.ts';
import { runProgram } from './program.ts';
import { RUN_PREFIX } from './scene.ts';

/**
 * Removes namespaces (with their processes) and scratch folders of runs that are no more, and
 * images in `cache` that they did not finish.
 */
export async function sweep(cache: string): Promise<void> {
  for (const line of (await runProgram(['ip', 'netns', 'list'])).split('\n')) {
    const namespace = line.split(' ')[0] ?? '';
    if (isDead(namespace)) await removeNamespace(namespace);
  }
  await removeFrom(tmpdir(), isDead);
  await removeFrom(cache, isUnfinished);
  await removeFrom(join(cache, SUITES), isUnfinished);
}

async function removeFrom(folder: string, condemned: (name: string) => boolean): Promise<void> {
  for (const name of existsSync(folder) ? await readdir(folder) : []) {
    if (condemned(name)) await rm(join(folder, name), { recursive: true, force: true });
  }
}

/** Whether a name is one of ours whose process is gone: homepbp-e2e-<pid>… */
export function isDead(name: string): boolean {
  const pid = name.startsWith(RUN_PREFIX) ? /^\d+/.exec(name.slice(RUN_PREFIX.length))?.[0] : null;
  return pid != null && !existsSync(`/proc/${pid}`);
}

/**
 * Whether a name is that of an image or a package being made by a process that is gone: <image>.<pid>…,
 * <package>.unpacking-<pid>.
 */
export function isUnfinished(name: string): boolean {
  const found = /^bookworm-[0-9a-f]+\.(\d+)(\.apt\.conf)?$|\.unpacking-(\d+)$/.exec(name);
  const pid = found?.[1] ?? found?.[3];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}
