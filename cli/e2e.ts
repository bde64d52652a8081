// `npm run e2e [-- NAME…]`: real firmware and kernels in QEMU against build and serve.
import { runCases } from '../test/e2e/run.ts';

/** Runs the named end-to-end cases, or all; 1 if one failed. */
export async function run(args: readonly string[]): Promise<number> {
  return (await runCases(args)) === 0 ? 0 : 1;
}
