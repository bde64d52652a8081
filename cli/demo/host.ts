// What this computer has of what the demo needs.
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, statfsSync } from 'node:fs';
import { freemem } from 'node:os';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { isThere, missingPackages, TUN } from '../../test/e2e/host.ts';
import { hasImage, SUITE } from '../../test/e2e/image.ts';
import { KVM } from '../../test/e2e/machine.ts';
import { isRoot } from '../become.ts';
import { type Host, packagesFor } from './needs.ts';
import type { System } from './system.ts';

const execute = promisify(execFile);

/** Looks at everything. @param cache of the tests' image @param folder where the disks will be @param emulate by `--emulate` */
export async function lookAtHost(
  system: System,
  { cache, folder, emulate }: { cache: string; folder: string; emulate: boolean },
): Promise<Host> {
  return {
    isRoot: isRoot(),
    missing: await missingPackages(packagesFor(system)),
    isDebian12: isDebian(SUITE) && process.arch === 'x64',
    hasTun: existsSync(TUN),
    whyEmulated: emulate ? '--emulate' : await whyNoKvm(),
    memory: freeMemory(),
    room: freeRoom(folder),
    hasImage: await hasImage(cache),
  };
}

function isDebian(codename: string): boolean {
  const text = existsSync('/etc/os-release') ? readFileSync('/etc/os-release', 'utf8') : '';
  return /^ID=debian$/m.test(text) && text.includes(`VERSION_CODENAME=${codename}\n`);
}

/** What programs can still have, which is more than what nobody uses (proc_meminfo(5)). */
function freeMemory(): number {
  const text = existsSync('/proc/meminfo') ? readFileSync('/proc/meminfo', 'utf8') : '';
  const kib = /^MemAvailable: +(\d+) kB$/m.exec(text)?.[1];
  return kib === undefined ? freemem() : Number(kib) * 1024;
}

function freeRoom(folder: string): number {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  const { bavail, bsize } = statfsSync(existing);
  return bavail * bsize;
}

const PROBE_MS = 10_000;

/** A device that opens is not enough: in some virtual machines QEMU fails with it. */
async function whyNoKvm(): Promise<string | null> {
  if (!existsSync('/dev/kvm'))
    return 'no /dev/kvm: virtualisation is switched off in the firmware setup, or its module is not loaded';
  if (!(await isThere('qemu-system-x86_64'))) return 'QEMU is missing';
  // Only root is sure to be let in.
  if (!isRoot()) return null;
  const rest = ['-nodefaults', '-display', 'none', '-S', '-monitor', 'stdio'];
  const probe = execute('qemu-system-x86_64', [...KVM, ...rest], { timeout: PROBE_MS });
  probe.child.stdin?.on('error', () => {}).end('quit\n');
  return probe.then(
    () => null,
    () => 'QEMU cannot use /dev/kvm here',
  );
}
