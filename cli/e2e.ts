// `npm run e2e [-- NAME…]`: real firmware and kernels in QEMU against build and serve.
import { caseList, runCases } from '../test/e2e/run.ts';
import { parseWords } from './flags.ts';

/** Runs the named end-to-end cases, or all; 1 if one failed. */
export async function run(args: readonly string[]): Promise<number> {
  const { words } = parseWords('e2e', args, {}, ['CASE…'], process.env, caseList());
  return (await runCases(words)) === 0 ? 0 : 1;
}
