// The stages of a boot in words.
import type { Stage } from '../../contract/timeline.ts';

/** What a machine does while it is in a stage. */
export const DOING: Readonly<Record<Stage, string>> = {
  firmware: 'loading iPXE',
  ipxe: 'asking what to boot',
  script: 'fetching its script',
  kernel: 'fetching the kernel',
  initrd: 'fetching the initrd',
  root: 'fetching the root image',
  seed: 'fetching its configuration',
  disk: 'preparing its disk',
  cluster: 'joining the cluster',
  ready: 'ready',
};

/** Groups of stages, with the label shown below them. */
export const PHASES: readonly { readonly name: string; readonly stages: readonly Stage[] }[] = [
  { name: 'network boot', stages: ['firmware', 'ipxe', 'script'] },
  { name: 'kernel', stages: ['kernel', 'initrd'] },
  { name: 'system', stages: ['root', 'seed', 'disk'] },
  { name: 'cluster', stages: ['cluster', 'ready'] },
];
