// `explain`: what one machine fetches and runs, derived from the built tree.

import type { Arch, BootMode, Role } from '../../contract/inventory.ts';
import { formatBytes } from '../../messages/bytes.ts';
import type { OutputFile } from '../output.ts';
import type { NodePlan, Plan } from '../plan.ts';
import { firmwaresOf } from './firmware.ts';
import type { IpxeEnd, IpxeWalk } from './ipxe.ts';
import { explainWords, type KernelWord } from './kernel-words.ts';
import { KEPT, type Route, routeOf } from './route.ts';
import { type Step, servedTreeOf } from './steps.ts';

export interface Explanation {
  readonly version: 1;
  readonly name: string;
  /** The card explained (canonical), and all cards of the node. */
  readonly mac: string;
  readonly macs: readonly string[];
  readonly arch: Arch;
  readonly role: Role;
  readonly boot: BootMode;
  readonly os: string;
  /** Where the machine finds dist/ and dist/tftp/; GENESIS stands for an address from DHCP. */
  readonly base: string;
  readonly tftp: string;
  readonly firmwares: readonly FirmwareExplanation[];
  /** Empty when the machine boots from disk. */
  readonly kernel_line: readonly KernelWord[];
  /** What the node does next, in sentences. */
  readonly afterwards: readonly string[];
}

export interface FirmwareExplanation {
  readonly firmware: string;
  readonly steps: readonly Step[];
  /** What iPXE shows on the screen. */
  readonly screen: readonly string[];
  readonly end: string;
  /** What happens when Genesis does not answer over HTTP. */
  readonly if_silent: string;
}

/** Explains one card (canonical MAC) of a node. */
export function explain(
  plan: Plan,
  files: readonly OutputFile[],
  node: NodePlan,
  mac: string,
): Explanation {
  const tree = servedTreeOf(plan, files);
  const routes = firmwaresOf(node.arch).map((firmware) =>
    routeOf(firmware, mac, tree, node.disk !== 'none'),
  );
  const [first] = routes;
  if (first === undefined) throw new Error(`no firmware for ${node.arch}`);
  const { end } = first.walk;
  const { name, macs, arch, role, boot } = node;
  return {
    version: 1,
    ...{ name, mac, macs, arch, role, boot, os: node.system.id },
    ...{ base: tree.base, tftp: tree.tftp },
    firmwares: routes.map(({ firmware, steps, walk, silent }) => ({
      firmware,
      steps,
      screen: walk.console,
      end: endText(walk.end),
      if_silent: silentText(silent),
    })),
    kernel_line: end.kind === 'kernel' ? explainWords(end.words) : [],
    afterwards: afterwardsTexts(node, first),
  };
}

function endText(end: IpxeEnd): string {
  if (end.kind === 'kernel') return 'starts the kernel';
  if (end.kind === 'boot program') return `runs ${end.url} as a boot program and does not return`;
  if (end.kind === 'sanboot') return `boots from its local disk (drive ${end.drive})`;
  return end.status === 0
    ? 'returns to the firmware'
    : `boots the disk labelled HOMEPBP_ESP if iPXE supports that (2023 or newer) and finds it; otherwise exits with an error, so that the firmware tries its next boot entry: the local disk`;
}

function silentText({ fetches, seconds, end }: IpxeWalk): string {
  const tries = fetches.filter(({ found }) => !found).length;
  const then = end.kind === 'kernel' ? endText(end) : 'boots from its local disk';
  return `tries ${tries} times, for at most ${seconds} s, then ${then}`;
}

function afterwardsTexts(node: NodePlan, { steps, walk: { end } }: Route): string[] {
  if (end.kind !== 'kernel') return diskTexts(node);
  const { role, system, name, disk } = node;
  const recovery = end.words.includes('homepbp.mode=recovery');
  const work = recovery
    ? `It boots for maintenance (boot: recovery) and does not run as ${role}.`
    : `It runs as ${role} of the cluster (boot: live).`;
  return [
    'The initramfs verifies fetch.list and every file in it by SHA-256; on an error it shows the reason, counts down and reboots.',
    `The root is os/${system.id} with a writable layer in RAM: changes are lost at the next boot.`,
    ...(disk === 'none' || recovery ? [] : [keepsText(steps)]),
    `cloud-init then sets it up as ${name}: host name, ssh keys, network and files from nodes/.`,
    ...(recovery ? [] : [enrolsText(disk)]),
    work,
  ];
}

function enrolsText(disk: string): string {
  return disk === 'none'
    ? 'It shows Genesis a key that is new at each boot, and gets the secrets of an agent, encrypted to it.'
    : 'It shows Genesis a key that stays on its disk, and gets its secrets, encrypted to it (docs/enrolment.md).';
}

/** What a later network boot fetches, not counting the firmware loading iPXE. */
function keepsText(steps: readonly Step[]): string {
  const again = steps.filter(({ by, path, note }) => by !== 'firmware' && path && note !== KEPT);
  const bytes = again.reduce((sum, step) => sum + (step.bytes ?? 0), 0);
  const loads = again.filter(({ path }) => path?.startsWith('os/') && !path.endsWith('.list'));
  const names = loads.map(({ path = '' }) => path?.slice(path.lastIndexOf('/') + 1)).join(', ');
  return `Its disk then holds everything marked '${KEPT}'. A warm boot fetches ${formatBytes(bytes)} in ${again.length} files: ${names}, and small ones. With Genesis off it boots from disk and fetches nothing.`;
}

function diskTexts({ boot, system }: NodePlan): string[] {
  if (boot === 'local')
    return ["It boots from disk: nodes.yaml has 'boot: local', so nothing else is fetched."];
  return [
    `It boots from disk, because os/${system.id} is not in media/.`,
    `Run ./homepbp fetch and ./homepbp build; then it boots with boot: ${boot}.`,
  ];
}
