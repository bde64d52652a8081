// What the built tree lacks for its nodes to boot, by its own manifest, without the network.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BootProgram } from '../../contract/boot-programs.ts';
import type { InventoryFile } from '../../contract/inventory.ts';
import { type Manifest, parseManifest } from '../../contract/manifest.ts';
import {
  BOOT_FILES,
  BOOT_SCRIPT,
  MANIFEST,
  nodePath,
  osPath,
  TFTP_ROOT,
} from '../../contract/paths.ts';
import { type Finding, fault, note, ok } from './finding.ts';

/** What firmware of x86 machines is told to load; boot.ipxe is what iPXE asks for next. */
export const X86_PROGRAMS = [
  'undionly.kpxe',
  'snponly.efi',
] as const satisfies readonly BootProgram['program'][];

/**
 * Empty if there is none.
 * @param dist the folder of a built tree
 * @throws {UserError} if it is damaged
 */
export function readManifest(dist: string): Manifest {
  const path = join(dist, MANIFEST);
  return existsSync(path) ? parseManifest(readFileSync(path, 'utf8'), path) : {};
}

/**
 * `genesis.url`, where the scripts of a tree send machines; null where each works that out itself.
 * @param dist the folder of a built tree
 */
export function baseInTree(dist: string): string | null {
  const path = join(dist, TFTP_ROOT, BOOT_SCRIPT);
  return existsSync(path) ? baseInScript(readFileSync(path, 'utf8')) : null;
}

/** The fixed BASE in the first script; null if it has none. */
export function baseInScript(script: string): string | null {
  return /^set base (http:\/\/[^\s$]+)$/m.exec(script)?.[1] ?? null;
}

/** Whether each node's system and script, and what firmware loads, are in the tree. */
export function checkTree({ nodes }: InventoryFile, manifest: Manifest): Finding[] {
  const has = (path: string) => Object.hasOwn(manifest, path);
  const fetching = 'run ./homepbp fetch, then ./homepbp build';
  const systems = [...new Set(nodes.map(({ os }) => os))].map((os) => {
    const missing = BOOT_FILES.filter((file) => !has(osPath(os, file)));
    if (missing.length === 0) return ok(`os/${os} is complete`);
    return fault(
      `os/${os} lacks ${missing.join(', ')}: its nodes boot from their own disk`,
      fetching,
    );
  });
  const scripts = nodes.flatMap(({ name, macs }) =>
    macs.every((mac) => has(nodePath(mac, 'boot.ipxe')))
      ? []
      : [fault(`${name} has no boot script in the tree`, 'run ./homepbp build')],
  );
  const programs = X86_PROGRAMS.filter((file) => !has(`${TFTP_ROOT}/${file}`));
  if (nodes.length === 0)
    scripts.push(note('the tree has no nodes', 'run ./homepbp add NAME --mac M'));
  if (!has(BOOT_SCRIPT))
    scripts.push(fault(`the tree has no ${BOOT_SCRIPT}`, 'run ./homepbp build'));
  if (programs.length > 0)
    scripts.push(fault(`the tree lacks ${programs.join(' and ')} for firmware to load`, fetching));
  return [...systems, ...scripts];
}
