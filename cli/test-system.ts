// `npm run test:system`: what needs root, loop devices, network namespaces, systemd, QEMU, spin or a lot
// of time.
import { helpOnSuite, runInTurn, testWords } from './suites.ts';

/** Runs the system suites; extra arguments are test files. If nothing may be skipped, only as root. */
export async function run(args: readonly string[]): Promise<number> {
  helpOnSuite('test:system', 'system', args);
  if (process.getuid?.() !== 0) {
    const mustAll = process.env.HOMEPBP_REQUIRE_TOOLS === '1';
    const what = mustAll ? 'HOMEPBP_REQUIRE_TOOLS=1 needs root' : 'without root, most are skipped';
    process.stderr.write(`test:system: ${what}\n`);
    if (mustAll) return 1;
  }
  return runInTurn([testWords('system', args)]);
}
