// From power-on to the running system: every fetch of one card of a node, in order.
import { macWithColons } from '../../contract/mac.ts';
import { ABSENT_SCRIPT, NODE_FILES, PAYLOAD_LAYER, TFTP_ROOT } from '../../contract/paths.ts';
import { SINCE } from '../ipxe/generations.ts';
import { bootFileFor } from './dhcp.ts';
import type { Firmware } from './firmware.ts';
import { type IpxeMachine, type IpxeWalk, walkIpxe } from './ipxe.ts';
import { absentStep, dhcpStep, fetchStep, type Site, type Step, textAt } from './steps.ts';

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
/** The snippet's placeholder for an unknown Genesis address. */
const PLACEHOLDER = 'GENESIS_ADDRESS';

/**
 * The route of one card (canonical MAC) through a tree.
 * @param keeps whether the node caches what it boots on its disk
 */
export function routeOf(firmware: Firmware, mac: string, site: Site, keeps: boolean): Route {
  const start =
    firmware.loadsBy === 'TFTP' ? startByTftp(firmware, site) : startByHttp(firmware, site);
  const machine = ipxeMachine(firmware, mac, site);
  const walk = walkIpxe(start.script, machine);
  const onlyScript = (url: string) => (url === start.script ? machine.get(url) : null);
  const silent = walkIpxe(start.script, { ...machine, get: onlyScript });
  const steps = [
    ...start.steps,
    ...scriptSteps(walk, firmware, site),
    ...initramfsSteps(walk, site, keeps),
  ];
  return { firmware: firmware.name, steps, walk, silent };
}

interface Start {
  readonly steps: readonly Step[];
  /** URL of the first script, which is the first fetch of the walk. */
  readonly script: string;
}

function startByTftp(firmware: Firmware, site: Site): Start {
  const program = bootFile(firmware, false, site);
  const steps = [
    dhcpStep('firmware', `next-server ${site.host}, file ${program}`, option93(firmware)),
    fetchStep('firmware', `${site.tftp}/${program}`, site, 'iPXE'),
  ];
  const script = bootFile(firmware, true, site);
  // iPXE for UEFI looks for autoexec.ipxe; if it is too old, DHCP names the other script.
  if (firmware.platform === 'efi') return { steps, script: `${site.tftp}/autoexec.ipxe` };
  const again = dhcpStep(
    'iPXE',
    `next-server ${site.host}, file ${script}`,
    'asks again, with option 175',
  );
  return { steps: [...steps, again], script: `${site.tftp}/${script}` };
}

function startByHttp(firmware: Firmware, site: Site): Start {
  const program = bootFile(firmware, false, site);
  const note = `${option93(firmware)}; option 60 = HTTPClient`;
  const steps = [
    dhcpStep('firmware', `file ${program}`, note),
    fetchStep('firmware', program, site, 'iPXE'),
  ];
  return { steps, script: `${site.base}/${TFTP_ROOT}/autoexec.ipxe` };
}

function option93({ clientArch }: Firmware): string {
  return `option 93 = ${clientArch}`;
}

function bootFile({ clientArch }: Firmware, isIpxe: boolean, site: Site): string {
  const snippet = site.files.get(DHCP_SNIPPET);
  const conf = snippet !== undefined && 'content' in snippet ? String(snippet.content) : '';
  const file = bootFileFor(conf, clientArch, isIpxe) ?? '(none)';
  return file.replace(PLACEHOLDER, site.host);
}

function ipxeMachine({ platform, loadsBy }: Firmware, mac: string, site: Site): IpxeMachine {
  const lease = { 'next-server': site.host };
  const own = { platform, 'netX/mac': macWithColons(mac), 'netX/mac:hexhyp': mac };
  return {
    settings: loadsBy === 'TFTP' ? { ...own, ...lease } : own,
    lease,
    get: (url) => textAt(url, site),
  };
}

/** What iPXE fetches, without retries. */
function scriptSteps({ fetches }: IpxeWalk, firmware: Firmware, site: Site): Step[] {
  const first = fetches.filter(
    ({ url }, index) => index === fetches.findIndex((other) => other.url === url),
  );
  return first.map(({ command, url }) => {
    if (command === 'dhcp') return dhcpStep('iPXE', `next-server ${site.host}`, 'own request');
    if (url === `${site.base}/${ABSENT_SCRIPT}`) return absentStep(url);
    const note = url.endsWith('/autoexec.ipxe') ? autoexecNote(firmware, site) : null;
    return fetchStep('iPXE', url, site, note);
  });
}

function autoexecNote(firmware: Firmware, site: Site): string {
  const file = bootFile(firmware, true, site);
  const since = { TFTP: SINCE.autoexecByTftp, HTTP: SINCE.autoexecByHttp }[firmware.loadsBy];
  return `iPXE before ${since.slice(0, 4)} asks DHCP again and gets ${file}`;
}

/** What payload/initramfs fetches, from the kernel line and its fetch.list. */
function initramfsSteps({ end }: IpxeWalk, site: Site, keeps: boolean): Step[] {
  if (end.kind !== 'kernel') return [];
  const value = (name: string) => {
    const word = end.words.findLast((candidate) => candidate.startsWith(`${name}=`));
    return word?.slice(name.length + 1) ?? '';
  };
  const base = value('homepbp.base');
  const system = `${base}/${value('homepbp.os')}`;
  const seed = NODE_FILES.filter((name) => name !== 'boot.ipxe');
  const list = textAt(`${system}/fetch.list`, site) ?? '';
  const listed = list.split('\n').flatMap((line) => line.split(' ')[2] ?? []);
  const urls = [
    ...seed.map((name) => `${base}/nodes/${value('homepbp.node')}/${name}`),
    `${system}/fetch.list`,
  ];
  const fetchOf = (name: string) =>
    fetchStep('initramfs', `${system}/${name}`, site, keeps ? KEPT : null);
  return [
    dhcpStep(
      'initramfs',
      'an address',
      'for the card that booted; released before the system starts',
    ),
    ...urls.map((url) => fetchStep('initramfs', url, site)),
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
