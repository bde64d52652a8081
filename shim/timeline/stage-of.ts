// Which stage of a boot a sighting belongs to.
import { NODES, PAYLOAD_LAYER, TFTP_ROOT, UNKNOWN_SCRIPT } from '../../contract/paths.ts';
import { STAGES, type Stage } from '../../contract/timeline.ts';
import type { Sighting } from './sighting.ts';

/** Files in dist/, by the first matching pattern; other files are not part of a boot. */
const BY_PATH: readonly (readonly [RegExp, Stage])[] = [
  [new RegExp(`^(${TFTP_ROOT}/)?(boot|autoexec)\\.ipxe$`), 'ipxe'],
  [new RegExp(`^${TFTP_ROOT}/`), 'firmware'],
  [new RegExp(`^(${NODES}/[^/]+/boot\\.ipxe|${UNKNOWN_SCRIPT})$`), 'script'],
  [new RegExp(`^${NODES}/`), 'seed'],
  [/^os\/[^/]+\/vmlinuz$/, 'kernel'],
  [new RegExp(`^os/[^/]+/(initrd|${PAYLOAD_LAYER})$`), 'initrd'],
  [/^os\//, 'root'],
  [/^k3s\//, 'disk'],
];

/** The stage of a file of dist/ in a boot over the network; null for the page and the like. */
export function stageOfFile(path: string): Stage | null {
  return BY_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

/**
 * The stage of a sighting of a machine that has reached `current`; null when it says nothing about a
 * boot. A running system fetches images for its disk: that is not a step back to its kernel.
 */
export function stageOf(sighting: Sighting, current: Stage | null): Stage | null {
  if (sighting.kind === 'dhcp') return sighting.isIpxe ? 'ipxe' : 'firmware';
  if (sighting.kind === 'said') return sighting.stage === 'founded' ? 'cluster' : sighting.stage;
  const stage = stageOfFile(sighting.path);
  const isImage = /^(os|k3s)\//.test(sighting.path);
  if (stage === null || current === null || !isImage || !isAfter(current, 'initrd')) return stage;
  if (current !== 'root' && current !== 'seed') return current;
  return stage === 'disk' ? 'disk' : 'root';
}

/** Whether the first stage comes after the second. */
export function isAfter(stage: Stage, other: Stage): boolean {
  return STAGES.indexOf(stage) > STAGES.indexOf(other);
}
