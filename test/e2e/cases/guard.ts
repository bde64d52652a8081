// The guard of nodes/ in real networks: its test, which `npm test` also runs where that is root.
import { join } from 'node:path';
import { runProgram } from '../program.ts';

const TEST = join(import.meta.dirname, '../guard-namespaces.system.ts');

/** @returns seconds for all of its machines and questions */
export async function guard(): Promise<number> {
  const began = performance.now();
  const said = await runProgram([process.execPath, '--test', TEST], { seconds: 180 });
  if (!/^ℹ skipped 0$/m.test(said)) throw new Error(`some tests were skipped\n${said}`);
  return (performance.now() - began) / 1000;
}
