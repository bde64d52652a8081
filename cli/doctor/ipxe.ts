// Which iPXE machines load and what it cannot do, read from the boot programs in the tree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { lacksOf, versionsOf } from '../../build/ipxe/generations.ts';
import type { Manifest } from '../../contract/manifest.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import { type Finding, note, ok } from './finding.ts';

/** @param dist the folder of a built tree */
export function checkIpxe(dist: string, manifest: Manifest): Finding[] {
  const names = Object.keys(manifest).flatMap((path) => /^tftp\/(.+\.efi)$/.exec(path)?.[1] ?? []);
  const programs = names.map((name) => [name, readProgram(join(dist, TFTP_ROOT, name))] as const);
  return judgeIpxe(new Map(programs));
}

/** Pure. */
export function judgeIpxe(programs: ReadonlyMap<string, Uint8Array>): Finding[] {
  return [...versionsOf(programs)].flatMap(([version, names]) => {
    const what = `${names.join(', ')}: iPXE ${version}`;
    const lacks = lacksOf(version);
    if (lacks === null) return [note(`${what}, of unknown age`, NEWER)];
    if (lacks.length === 0) return [ok(`${what}, which has everything that HomePBP needs`)];
    return lacks.map((one) => note(`${what}: ${one}`, NEWER));
  });
}

const NEWER = 'run ./homepbp fetch to get a newer iPXE, then ./homepbp build';

/** Empty if it cannot be read: missing files are reported elsewhere. */
function readProgram(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch {
    return new Uint8Array();
  }
}
