// Runs the cases one after the other, each in a scene of its own that is always closed.
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';
import { CACHE } from './cache.ts';
import { badRoot } from './cases/bad-root.ts';
import { bootBios } from './cases/boot-bios.ts';
import { bootBiosChain } from './cases/boot-bios-chain.ts';
import { bootUefi } from './cases/boot-uefi.ts';
import { brokenDist } from './cases/broken-dist.ts';
import { cloudInitSchema } from './cases/cloud-init-schema.ts';
import { demoEnds } from './cases/demo-ends.ts';
import { dev } from './cases/dev.ts';
import { dhcpServers } from './cases/dhcp-servers.ts';
import {
  diskChoice,
  diskDuplicate,
  diskForeign,
  diskMoved,
  diskNone,
  identity,
} from './cases/disk.ts';
import { diskBoot } from './cases/disk-boot.ts';
import { diskPowercut } from './cases/disk-powercut.ts';
import { doctor } from './cases/doctor.ts';
import { enrols } from './cases/enrols.ts';
import { genesisOff } from './cases/genesis-off.ts';
import { biosChain, uefiCards, uefiIpxe, uefiLateDhcp, uefiSpanningTree } from './cases/ipxe.ts';
import { layer } from './cases/layer.ts';
import { nas } from './cases/nas.ts';
import { newNic } from './cases/new-nic.ts';
import { page } from './cases/page.ts';
import {
  dhcpSnippet,
  dhcpSnippetProxy,
  proxyDhcp,
  proxyDhcpPort4011,
  proxyDhcpSameHost,
} from './cases/proxy-dhcp.ts';
import { quickstart } from './cases/quickstart.ts';
import { recovery } from './cases/recovery.ts';
import { shelf } from './cases/shelf.ts';
import { tftpInterop } from './cases/tftp-interop.ts';
import { timeline } from './cases/timeline.ts';
import { unknownMac } from './cases/unknown-mac.ts';
import { upstream } from './cases/upstream.ts';
import { usb, usbAddress, usbGenesisOff } from './cases/usb.ts';
import { CLUSTER_CASES } from './cluster/cases.ts';
import { checkClusterHost, checkHost, checkPageHost } from './host.ts';
import { ensureImage, NO_IMAGE } from './image.ts';
import { openScene, type Scene } from './scene.ts';
import { shapedCases } from './shapes.ts';
import { sweep } from './sweep.ts';
import { runSystemTest } from './system-test.ts';

interface Case {
  /** What the seconds measure that `run` gives. */
  readonly measures: string;
  readonly run: (scene: Scene) => Promise<number>;
}

const CLOUD_INIT = 'power-on to cloud-init done';
const NODE_SCRIPT = "power-on to the node's script";
const SMALL_ROOT = 'power-on to the small root, its disk made';
const LOCAL_DISK = 'power-on to the local disk';
const FROM_DISK = 'power-on to the root, from the disk without Genesis';

/** Cases on machines that QEMU boots. */
const MACHINE_CASES: Readonly<Record<string, Case>> = {
  'cloud-init-schema': { measures: 'all golden user-data', run: cloudInitSchema },
  layer: { measures: 'all boots', run: layer },
  'boot-bios': { measures: CLOUD_INIT, run: bootBios },
  'boot-bios-chain': { measures: CLOUD_INIT, run: bootBiosChain },
  'boot-uefi': { measures: CLOUD_INIT, run: bootUefi },
  // Debian's: `12` is what is installed there, `13` and `sid` come from other suites.
  'ipxe12-uefi': { measures: NODE_SCRIPT, run: (scene) => uefiIpxe(scene, 'host') },
  'ipxe12-bios-chain': { measures: NODE_SCRIPT, run: (scene) => biosChain(scene, 'host') },
  'ipxe13-uefi': { measures: NODE_SCRIPT, run: (scene) => uefiIpxe(scene, 'trixie') },
  'ipxe13-uefi-cards': { measures: NODE_SCRIPT, run: (scene) => uefiCards(scene, 'trixie') },
  'ipxe13-late-dhcp': { measures: NODE_SCRIPT, run: (scene) => uefiLateDhcp(scene, 'trixie') },
  'ipxe13-spanning-tree': {
    measures: NODE_SCRIPT,
    run: (scene) => uefiSpanningTree(scene, 'trixie'),
  },
  'ipxe13-bios-chain': { measures: NODE_SCRIPT, run: (scene) => biosChain(scene, 'trixie') },
  'ipxe-sid-uefi': { measures: NODE_SCRIPT, run: (scene) => uefiIpxe(scene, 'sid') },
  'ipxe-sid-uefi-cards': { measures: NODE_SCRIPT, run: (scene) => uefiCards(scene, 'sid') },
  'ipxe-sid-late-dhcp': { measures: NODE_SCRIPT, run: (scene) => uefiLateDhcp(scene, 'sid') },
  'ipxe-sid-bios-chain': { measures: NODE_SCRIPT, run: (scene) => biosChain(scene, 'sid') },
  'usb-bios': { measures: NODE_SCRIPT, run: (scene) => usb(scene, 'bios', 'trixie') },
  'usb-uefi': { measures: NODE_SCRIPT, run: (scene) => usb(scene, 'uefi', 'trixie') },
  'usb-sid-bios': { measures: NODE_SCRIPT, run: (scene) => usb(scene, 'bios', 'sid') },
  'usb-sid-uefi': { measures: NODE_SCRIPT, run: (scene) => usb(scene, 'uefi', 'sid') },
  'usb-address': { measures: 'power-on to the small root', run: usbAddress },
  'usb-genesis-off': { measures: LOCAL_DISK, run: usbGenesisOff },
  'unknown-mac': { measures: LOCAL_DISK, run: unknownMac },
  'genesis-off': { measures: LOCAL_DISK, run: (scene) => genesisOff(scene, 'bios', 'refuses') },
  'genesis-silent': {
    measures: LOCAL_DISK,
    run: (scene) => genesisOff(scene, 'bios', 'is silent'),
  },
  'genesis-off-uefi': {
    measures: LOCAL_DISK,
    run: (scene) => genesisOff(scene, 'uefi', 'refuses'),
  },
  enrols: { measures: 'power-on to enrolled', run: enrols },
  guard: {
    measures: 'all machines and questions',
    run: () => runSystemTest('guard-namespaces.system.ts'),
  },
  'address-change': {
    measures: 'all changes',
    run: () => runSystemTest('address-change.system.ts'),
  },
  'proxy-dhcp': { measures: `${NODE_SCRIPT}, the slowest`, run: (scene) => proxyDhcp(scene) },
  'ipxe13-proxy-dhcp': {
    measures: `${NODE_SCRIPT}, the slowest`,
    run: (scene) => proxyDhcp(scene, 'trixie'),
  },
  'proxy-dhcp-same-host': { measures: NODE_SCRIPT, run: proxyDhcpSameHost },
  'proxy-dhcp-4011': { measures: NODE_SCRIPT, run: proxyDhcpPort4011 },
  'dhcp-snippet': { measures: NODE_SCRIPT, run: dhcpSnippet },
  'dhcp-snippet-proxy': { measures: `${NODE_SCRIPT}, the slowest`, run: dhcpSnippetProxy },
  'dhcp-servers': { measures: `${NODE_SCRIPT}, the slowest`, run: dhcpServers },
  'tftp-interop': { measures: `${NODE_SCRIPT}, the slower firmware`, run: tftpInterop },
  timeline: { measures: CLOUD_INIT, run: timeline },
  'disk-choice': { measures: SMALL_ROOT, run: diskChoice },
  'disk-foreign': { measures: 'power-on to the small root', run: diskForeign },
  'disk-duplicate': { measures: SMALL_ROOT, run: diskDuplicate },
  'disk-moved': { measures: SMALL_ROOT, run: diskMoved },
  'disk-none': { measures: 'power-on to the small root', run: diskNone },
  identity: { measures: SMALL_ROOT, run: identity },
  nas: { measures: CLOUD_INIT, run: nas },
  quickstart: { measures: 'the whole quick start', run: quickstart },
  upstream: { measures: CLOUD_INIT, run: upstream },
  'genesis-gone': { measures: LOCAL_DISK, run: (scene) => brokenDist(scene, 'bios', 'gone') },
  'broken-script': {
    measures: LOCAL_DISK,
    run: (scene) => brokenDist(scene, 'bios', 'broken script'),
  },
  'genesis-gone-uefi': { measures: LOCAL_DISK, run: (scene) => brokenDist(scene, 'uefi', 'gone') },
  'broken-script-uefi': {
    measures: LOCAL_DISK,
    run: (scene) => brokenDist(scene, 'uefi', 'broken script'),
  },
  // On BIOS iPXE runs any file as a boot program (its pxe_image.c): there the server is found out.
  'wrong-file': {
    measures: LOCAL_DISK,
    run: (scene) => brokenDist(scene, 'bios', 'page for all'),
  },
  'wrong-file-uefi': {
    measures: LOCAL_DISK,
    run: (scene) => brokenDist(scene, 'uefi', 'wrong file'),
  },
  'disk-bios': { measures: FROM_DISK, run: (scene) => diskBoot(scene, 'bios') },
  'disk-uefi': { measures: FROM_DISK, run: (scene) => diskBoot(scene, 'uefi') },
  'disk-powercut': { measures: FROM_DISK, run: diskPowercut },
  recovery: { measures: `${FROM_DISK}, recovery`, run: recovery },
  'new-nic': { measures: FROM_DISK, run: newNic },
  shelf: { measures: 'power back, without Genesis, to the same cluster', run: shelf },
  'demo-ends': { measures: 'Ctrl-C to nothing left', run: demoEnds },
  'bad-root': { measures: 'power-on to the second boot', run: badRoot },
};

/** The same with an initrd of each shape: boot-bios-ubuntu and so on. */
const SHAPED_CASES = shapedCases(MACHINE_CASES, [
  'boot-bios',
  'boot-uefi',
  'disk-bios',
  'disk-uefi',
]);

/** Cases with simulated machines, most in a browser. */
const PAGE_CASES: Readonly<Record<string, Case>> = {
  page: { measures: 'the first request of a boot to ready on its card', run: page },
  dev: { measures: 'an edit of nodes.yaml to the page', run: dev },
  doctor: { measures: 'an examination that finds nothing', run: doctor },
};

export const CASES: Readonly<Record<string, Case>> = {
  ...MACHINE_CASES,
  ...SHAPED_CASES,
  ...CLUSTER_CASES,
  ...PAGE_CASES,
};

/** Names for groups of cases. */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  cluster: Object.keys(CLUSTER_CASES),
  usb: ['usb-bios', 'usb-uefi', 'usb-address', 'usb-genesis-off'],
};

/** Each case, and each group of them, with what it measures. */
export function caseList(): [name: string, about: string][] {
  const groups = Object.entries(GROUPS).map(([name, members]): [string, string] => [
    name,
    `all of ${members.join(', ')}`,
  ]);
  const cases = Object.entries(CASES).map(([name, { measures }]): [string, string] => [
    name,
    `measures ${measures}`,
  ]);
  return [...groups, ...cases];
}

/**
 * Runs the named cases, all when none is named, and prints a line for each.
 * @returns how many failed
 * @throws {UserError} at an unknown name, or when the host lacks something
 */
export async function runCases(names: readonly string[]): Promise<number> {
  const chosen = chooseCases(names.length === 0 ? Object.keys(CASES) : names);
  const someOf = (cases: object) => chosen.some(({ name }) => Object.hasOwn(cases, name));
  const machines = someOf({ ...MACHINE_CASES, ...SHAPED_CASES });
  if (machines) await checkHost();
  if (someOf(CLUSTER_CASES)) await checkClusterHost();
  if (someOf(PAGE_CASES)) await checkPageHost();
  await sweep(CACHE);
  const image = machines ? await ensureImage(CACHE) : NO_IMAGE;
  let failed = 0;
  for (const one of chosen) {
    const logs = join(CACHE, 'logs', one.name);
    const scene = await openScene(image, logs);
    if (!(await runCase(one, scene))) failed += 1;
  }
  process.stdout.write(`${chosen.length - failed} passed, ${failed} failed\n`);
  return failed;
}

function chooseCases(names: readonly string[]): (Case & { name: string })[] {
  const all = names.flatMap((name) =>
    Object.hasOwn(GROUPS, name) ? (GROUPS[name] ?? []) : [name],
  );
  return all.map((name) => {
    const found = Object.hasOwn(CASES, name) ? CASES[name] : undefined;
    if (found !== undefined) return { name, ...found };
    const known = [...Object.keys(GROUPS), ...Object.keys(CASES)].join(' ');
    throw new UserError(`e2e: unknown case '${name}'\n  cases: ${known}`);
  });
}

/** Runs one case and closes its scene, whatever happens. @returns whether it passed */
async function runCase({ name, measures, run }: Case & { name: string }, scene: Scene) {
  const interrupt = (signal: NodeJS.Signals) => void closeAndExit(scene, signal);
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    const seconds = await run(scene).finally(() => scene.close());
    process.stdout.write(`ok ${name} ${seconds.toFixed(1)} s ${measures}\n`);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    process.stdout.write(
      `FAIL ${name}\n${message.replaceAll(/^/gm, '  ')}\n  logs: ${scene.logs}\n`,
    );
    return false;
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

async function closeAndExit(scene: Scene, signal: NodeJS.Signals): Promise<void> {
  process.stdout.write(`${signal}: cleaning up\n`);
  await scene.close().catch((error: unknown) => process.stderr.write(`${error}\n`));
  process.exit(130);
}
