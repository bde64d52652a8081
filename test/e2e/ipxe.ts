// The iPXE that a scene's machines load: this computer's own, or that of another suite of Debian.
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { dayOf, SINCE, versionOf } from '../../build/ipxe/generations.ts';
import { DISTRIBUTION_IPXE } from '../../build/media.ts';
import { CACHE } from './cache.ts';
import { suitePackage } from './other-suite.ts';
import type { Scene } from './scene.ts';

/** `host`: the package that is installed. */
export type Suite = 'host' | 'trixie' | 'sid';

const PROGRAMS = ['undionly.kpxe', 'snponly.efi', 'ipxe.efi', 'ipxe.pxe'] as const;

export interface Ipxe {
  readonly version: string;
  /** Whether it looks for autoexec.ipxe on its own on UEFI. */
  readonly takesAutoexec: boolean;
  /** The folder of its programs. */
  readonly folder: string;
}

/** Puts a suite's iPXE into the scene's media/, where a build takes it from, and says its version. */
export async function useIpxe(scene: Scene, suite: Suite): Promise<Ipxe> {
  const folder = join(scene.scratch, 'media', 'ipxe');
  const from = suite === 'host' ? DISTRIBUTION_IPXE : await folderOf(suite);
  await mkdir(folder, { recursive: true });
  for (const name of PROGRAMS) await copyFile(join(from, name), join(folder, name));
  return sayIpxe(folder);
}

/** The iPXE in a folder, such as a tree's tftp/. */
export async function sayIpxe(folder: string): Promise<Ipxe> {
  const version = versionOf(await readFile(join(folder, 'snponly.efi')));
  if (version === null)
    throw new Error(`${folder}/snponly.efi does not say which version of iPXE it is`);
  process.stdout.write(`  iPXE ${version}\n`);
  const day = dayOf(version);
  if (day === null) throw new Error(`iPXE ${version} does not say how old it is`);
  return { version, takesAutoexec: day >= SINCE.autoexecByTftp, folder };
}

async function folderOf(suite: string): Promise<string> {
  const { folder } = await suitePackage(CACHE, suite, 'ipxe');
  return join(folder, DISTRIBUTION_IPXE);
}
