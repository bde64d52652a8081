// Cases that are system tests in network namespaces: none of their tests may be skipped.
import { join } from 'node:path';
import { runProgram } from './program.ts';

/**
 * Runs a test file of this folder.
 * @returns seconds for all of its tests
 * @throws when one fails, or is skipped
 */
export async function runSystemTest(name: string): Promise<number> {
  const began = performance.now();
  const words = [process.execPath, '--test', join(import.meta.dirname, name)];
  const said = await runProgram(words, { seconds: 180 });
  if (!/^ℹ skipped 0$/m.test(said)) throw new Error(`some tests were skipped\n${said}`);
  return (performance.now() - began) / 1000;
}
