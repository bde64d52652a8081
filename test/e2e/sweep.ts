// What runs that died without closing (SIGKILL, a crash of the host's session) left behind.
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeNamespace } from './lan.ts';
import { runProgram } from './program.ts';
import { RUN_PREFIX } from './scene.ts';

/** Removes namespaces (with their processes) and scratch folders of runs that are no more. */
export async function sweep(): Promise<void> {
  for (const line of (await runProgram(['ip', 'netns', 'list'])).split('\n')) {
    const namespace = line.split(' ')[0] ?? '';
    if (isDead(namespace)) await removeNamespace(namespace);
  }
  for (const folder of await readdir(tmpdir())) {
    if (isDead(folder)) await rm(join(tmpdir(), folder), { recursive: true, force: true });
  }
}

/** Whether a name is one of ours whose process is gone. */
function isDead(name: string): boolean {
  if (!name.startsWith(RUN_PREFIX)) return false;
  const pid = /^\d+/.exec(name.slice(RUN_PREFIX.length))?.[0];
  return pid !== undefined && !existsSync(`/proc/${pid}`);
}
