// cloud-init's own schema accepts every user-data among the build's golden files.
import assert from 'node:assert/strict';
import { glob, readFile, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { load } from 'js-yaml';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';

const GOLDENS = join(import.meta.dirname, '..', '..', '..', 'build', 'goldens');

export async function cloudInitSchema(scene: Scene): Promise<number> {
  const begun = performance.now();
  let checked = 0;
  for await (const path of glob(join(GOLDENS, '*/want/nodes/*/user-data'))) {
    for (const config of cloudConfigs(await readFile(path, 'utf8'))) {
      // The name shows in the message when the schema refuses it.
      const copy = join(scene.scratch, `${basename(dirname(path))}-${checked}.yaml`);
      await writeFile(copy, config);
      await runProgram(['cloud-init', 'schema', '-c', copy]).catch((cause) => {
        throw new Error(`${path}\n${cause.message}\n${config}`, { cause });
      });
      checked += 1;
    }
  }
  assert.ok(checked >= 5, `only ${checked} golden user-data below ${GOLDENS}`);
  return (performance.now() - begun) / 1000;
}

/** The cloud-configs in a user-data: itself, or those among the parts of an archive. */
function cloudConfigs(userData: string): string[] {
  if (!userData.startsWith('#cloud-config-archive\n')) return [userData];
  const parts = load(userData) as { type: string; content: string }[];
  return parts.filter((part) => part.type === 'text/cloud-config').map((part) => part.content);
}
