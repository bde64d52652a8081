// cloud-init's own schema accepts every user-data among the build's golden files.
import { glob } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from '../program.ts';

const GOLDENS = join(import.meta.dirname, '..', '..', '..', 'build', 'goldens');

export async function cloudInitSchema(): Promise<number> {
  const begun = performance.now();
  let files = 0;
  for await (const file of glob(join(GOLDENS, '*/want/nodes/*/user-data'))) {
    await runProgram(['cloud-init', 'schema', '-c', file]);
    files += 1;
  }
  if (files < 5) throw new Error(`only ${files} golden user-data below ${GOLDENS}`);
  return (performance.now() - begun) / 1000;
}
