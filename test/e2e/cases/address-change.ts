// The computer's addresses change while `./homepbp serve` runs: its test in network namespaces, as root.
import { join } from 'node:path';
import { runProgram } from '../program.ts';

const TEST = join(import.meta.dirname, '../address-change.system.ts');

/** @returns seconds for all changes */
export async function addressChange(): Promise<number> {
  const began = performance.now();
  const said = await runProgram([process.execPath, '--test', TEST], { seconds: 180 });
  if (!/^ℹ skipped 0$/m.test(said)) throw new Error(`some tests were skipped\n${said}`);
  return (performance.now() - began) / 1000;
}
