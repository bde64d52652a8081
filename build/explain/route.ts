// From power-on to the running system: every fetch of one card of a node, in order.
import { BOOT_PROGRAMS } from '../../contract/boot-programs.ts';
import { macWithColons } from '../../contract/mac.ts';
import { ABSENT_SCRIPT, NODE_FILES, PAYLOAD_LAYER, TFTP_ROOT } from '../../contract/paths.ts';
import { PLACEHOLDER } from '../dhcp-snippets.ts';
import { SINCE } from '../ipxe/generations.ts';
import { snippetBootFile } from './dhcp.ts';
import type { Firmware } from './firmware.ts';
import { type IpxeMachine, type IpxeWalk, walkIpxe } from './ipxe.ts';
import { absentStep, dhcpStep, fetchStep, type ServedTree, type Step, textAt } from './steps.ts';

/** How a machine with one kind of firmware starts. */
export interface Route {
  readonly firmware: string;
  readonly steps: readonly Step[];
  /** Where the scripts lead when everything in dist/ can be fetched. */
  readonly walk: IpxeWalk;
  /** The same when nothing answers over HTTP. */
  readonly silent: IpxeWalk;
}

const DHCP_SNIPPET = 'dhcp/dnsmasq.conf';

/**
 * The route of one card (canonical MAC) through a tree.
 * @param keeps whether the node caches what it boots on its disk
 */
export function routeOf(firmware: Firmware, mac: string, tree: ServedTree, keeps: boolean): Route {
  const start =
    firmware.loadsBy === 'TFTP' ? startByTftp(firmware, tree) : startByHttp(firmware, tree);
  const machine = ipxeMachine(firmware, mac, tree);
  const walk = walkIpxe(start.script, machine);
  const onlyScript = (url: string) => (url === start.script ? machine.get(url) : null);
  const silent = walkIpxe(start.script, { ...machine, get: onlyScript });
  const steps = [
    ...start.steps,
    ...scriptSteps(walk, firmware, tree),
    ...initramfsSteps(walk, tree, keeps),
  ];
  return { firmware: firmware.name, steps, walk, silent };
}

interface Start {
  readonly steps: readonly Step[];
  /** URL of the first script, which is the first fetch of the walk. */
  readonly script: string;
}

function startByTftp(firmware: Firmware, tree: ServedTree): Start {
  const program = bootFile(firmware, false, tree);
  const steps = [
    dhcpStep('firmware', `next-server ${tree.host}, file ${program}`, option93(firmware)),
    fetchStep('firmware', `${tree.tftp}/${program}`, tree, 'iPXE'),
  ];
  const script = bootFile(firmware, true, tree);
  // iPXE for UEFI looks for autoexec.ipxe; if it is too old, DHCP names the other script.
  if (firmware.platform === 'efi') return { steps, script: `${tree.tftp}/autoexec.ipxe` };
  const again = dhcpStep(
    'iPXE',
    `next-server ${tree.host}, file ${script}`,
    'asks again, with option 175',
  );
  return { steps: [...steps, again], script: `${tree.tftp}/${script}` };
}

function startByHttp(firmware: Firmware, tree: ServedTree): Start {
  const program = bootFile(firmware, false, tree);
  const note = `${option93(firmware)}; option 60 = HTTPClient`;
  const steps = [
    dhcpStep('firmware', `file ${program}`, note),
    fetchStep('firmware', program, tree, 'iPXE'),
  ];
  return { steps, script: `${tree.base}/${TFTP_ROOT}/autoexec.ipxe` };
}

function option93({ clientArch }: Firmware): string {
  return `option 93 = ${clientArch}`;
}

function bootFile(firmware: Firmware, isIpxe: boolean, tree: ServedTree): string {
  const snippet = tree.files.get(DHCP_SNIPPET);
  const conf = snippet !== undefined && 'content' in snippet ? String(snippet.content) : '';
  const file = snippetBootFile(conf, firmware.clientArch, isIpxe) ?? missingProgram(firmware, tree);
  return file.replace(PLACEHOLDER, tree.host);
}

/** The snippet leaves out programs that are not in the tree; the reader is shown what is missing. */
function missingProgram({ clientArch }: Firmware, { base }: ServedTree): string {
  const known = BOOT_PROGRAMS.find(({ archs }) => archs.includes(clientArch));
  if (known === undefined) return '(none)';
  return known.byHttp ? `${base}/${TFTP_ROOT}/${known.program}` : known.program;
}

function ipxeMachine({ platform, loadsBy }: Firmware, mac: string, tree: ServedTree): IpxeMachine {
  const lease = { 'next-server': tree.host };
  const own = { platform, 'netX/mac': macWithColons(mac), 'netX/mac:hexhyp': mac };
  return {
    settings: loadsBy === 'TFTP' ? { ...own, ...lease } : own,
    lease,
    get: (url) => textAt(url, tree),
  };
}

/** What iPXE fetches, without retries. */
function scriptSteps({ fetches }: IpxeWalk, firmware: Firmware, tree: ServedTree): Step[] {
  const first = fetches.filter(
    ({ url }, index) => index === fetches.findIndex((other) => other.url === url),
  );
  return first.map(({ command, url }) => {
    if (command === 'dhcp') return dhcpStep('iPXE', `next-server ${tree.host}`, 'own request');
    if (url === `${tree.base}/${ABSENT_SCRIPT}`) return absentStep(url);
    const note = url.endsWith('/autoexec.ipxe') ? autoexecNote(firmware, tree) : null;
    return fetchStep('iPXE', url, tree, note);
  });
}

function autoexecNote(firmware: Firmware, tree: ServedTree): string {
  const file = bootFile(firmware, true, tree);
  const since = { TFTP: SINCE.autoexecByTftp, HTTP: SINCE.autoexecByHttp }[firmware.loadsBy];
  return `iPXE before ${since.slice(0, 4)} asks DHCP again and gets ${file}`;
}

/** What payload/initramfs fetches, from the kernel line and its fetch.list. */
function initramfsSteps({ end }: IpxeWalk, tree: ServedTree, keeps: boolean): Step[] {
  if (end.kind !== 'kernel') return [];
  const value = (name: string) => {
    const word = end.words.findLast((candidate) => candidate.startsWith(`${name}=`));
    return word?.slice(name.length + 1) ?? '';
  };
  const base = value('homepbp.base');
  const system = `${base}/${value('homepbp.os')}`;
  const seed = NODE_FILES.filter((name) => name !== 'boot.ipxe');
  const list = textAt(`${system}/fetch.list`, tree) ?? '';
  const listed = list.split('\n').flatMap((line) => line.split(' ')[2] ?? []);
  const urls = [
    ...seed.map((name) => `${base}/nodes/${value('homepbp.node')}/${name}`),
    `${system}/fetch.list`,
  ];
  const fetchOf = (name: string) =>
    fetchStep('initramfs', `${system}/${name}`, tree, keeps ? KEPT : null);
  return [
    dhcpStep(
      'initramfs',
      'an address',
      'for the card that booted; released before the system starts',
    ),
    ...urls.map((url) => fetchStep('initramfs', url, tree)),
    ...inFetchOrder(listed, keeps).map(fetchOf),
  ];
}

/** The note on files that a disk keeps. */
export const KEPT = 'skipped if cached on disk';

/** The root, files only for the disk, modules, firmware, and GRUB for a disk without it. */
export function inFetchOrder(listed: readonly string[], keeps: boolean): string[] {
  const debs = listed.filter((name) => name.startsWith('debs/'));
  const loaded = ['vmlinuz', 'initrd', PAYLOAD_LAYER].filter((name) => listed.includes(name));
  const modules = debs.filter((name) => !isForGrub(name));
  const firmware = listed.filter((name) => name.startsWith('firmware/'));
  const forDisk = keeps ? [...firmware, ...debs.filter(isForGrub)] : [];
  return ['rootfs.squashfs', ...(keeps ? loaded : []), ...modules, ...forDisk];
}

/** Same as `is_for_grub` in the initramfs; a test compares them. */
export function isForGrub(name: string): boolean {
  return /^debs\/((grub|lib|fuse).*|(shim-signed|shim|gettext-base|dmsetup|efibootmgr|os-prober|mokutil|sbsigntool|debconf|ucf|sensible-utils|secureboot-db)_.*)\.deb$/.test(
    name,
  );
}
