// The kernels of the case `layer`: the test image's own, and one of another Debian suite.
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../../messages/user-error.ts';
import { CACHE } from '../cache.ts';
import { suitePackage } from '../other-suite.ts';

/** The older one has fewer of the fixes of the kernel's unpacking; its suite leaves the mirrors first. */
const SUITES = ['bullseye', 'trixie'] as const;
const META = 'linux-image-cloud-amd64';

export interface Kernel {
  readonly suite: string;
  readonly path: string;
}

/** A kernel of the first suite that the mirror has. @throws {UserError} when it has none of them */
export async function otherKernel(suites: readonly string[] = SUITES): Promise<Kernel> {
  const [suite = '', ...others] = suites;
  try {
    return { suite, path: await kernelOf(suite) };
  } catch (error) {
    if (!(error instanceof UserError) || others.length === 0) throw error;
    process.stdout.write(`${error.message.replaceAll(/^/gm, '  ')}\n`);
    return otherKernel(others);
  }
}

async function kernelOf(suite: string): Promise<string> {
  const { depends } = await suitePackage(CACHE, suite, META);
  const name = depends.find((one) => one.startsWith('linux-image-')) ?? META;
  const boot = join((await suitePackage(CACHE, suite, name)).folder, 'boot');
  const kernel = (await readdir(boot)).find((file) => file.startsWith('vmlinuz-'));
  if (kernel === undefined) throw new Error(`${boot}: there is no kernel`);
  return join(boot, kernel);
}
