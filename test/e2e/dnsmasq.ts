// The LAN's DHCP server: dnsmasq with its TFTP off.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DNSMASQ_FLAGS } from './dhcp-daemons.ts';
import { HTTP_PORT } from './inventory.ts';
import { BRIDGE, DHCP_RANGE, GENESIS, type Lan, NETWORK6 } from './lan.ts';
import { type Running, startProgram } from './program.ts';
import type { Scene } from './scene.ts';

export interface Dhcp {
  /** From now on every client is told this boot file. Resolves once dnsmasq has read it. */
  offer(bootFile: string): Promise<void>;
}

/** What a DHCP server tells that knows iPXE from firmware, and BIOS from UEFI, as dhcp/dnsmasq.conf. */
const BY_CLIENT = [
  '--dhcp-userclass=set:ipxe,iPXE',
  '--dhcp-match=set:efi64,option:client-arch,7',
  '--dhcp-match=set:efi64,option:client-arch,9',
  '--dhcp-match=set:efi64http,option:client-arch,16',
  `--dhcp-boot=tag:ipxe,boot.ipxe,,${GENESIS}`,
  `--dhcp-boot=tag:!ipxe,tag:efi64http,http://${GENESIS}:${HTTP_PORT}/tftp/snponly.efi`,
  '--dhcp-option-force=tag:!ipxe,tag:efi64http,60,HTTPClient',
  `--dhcp-boot=tag:!ipxe,tag:efi64,snponly.efi,,${GENESIS}`,
  `--dhcp-boot=tag:!ipxe,tag:!efi64,tag:!efi64http,undionly.kpxe,,${GENESIS}`,
];

/** Without a router's word iPXE asks for one for 14 s. */
const ROUTER_WORDS = ['--enable-ra', `--dhcp-range=${NETWORK6},ra-only`];

/** Lets Genesis be the IPv6 router, where its DHCP server is another program. */
export async function announceRouter(scene: Scene, lan: Lan): Promise<void> {
  const words = [
    ...['dnsmasq', ...DNSMASQ_FLAGS, '--conf-file=/dev/null', '--leasefile-ro'],
    ...[`--interface=${BRIDGE}`, ...ROUTER_WORDS],
  ];
  const dnsmasq = startProgram('router', lan.inside(words), join(scene.logs, 'router.log'));
  scene.defer(() => dnsmasq.stop());
  await dnsmasq.said.waitFor(/IPv6 router advertisement enabled/, 10);
}

/** Starts DHCP that answers each client by its kind (architecture, iPXE or firmware). */
export function startDhcp(scene: Scene, lan: Lan, range = DHCP_RANGE): Promise<Running> {
  return start(scene, lan, BY_CLIENT, range);
}

/** The same, and serves `root` by TFTP: for a network without a shim. */
export async function startDhcpAndTftp(scene: Scene, lan: Lan, root: string): Promise<void> {
  await start(scene, lan, [...BY_CLIENT, '--enable-tftp', `--tftp-root=${root}`]);
}

/** Starts DHCP that tells everyone the same boot file, as a plain router does, until changed. */
export async function startPlainDhcp(scene: Scene, lan: Lan, bootFile: string): Promise<Dhcp> {
  const file = join(scene.scratch, 'dhcp-options');
  const write = (name: string) =>
    writeFile(file, `option:bootfile-name,${name}\noption:server-ip-address,${GENESIS}\n`);
  await write(bootFile);
  const dnsmasq = await start(scene, lan, [`--dhcp-optsfile=${file}`]);
  return {
    async offer(name) {
      const from = dnsmasq.said.text.length;
      await write(name);
      process.kill(dnsmasq.pid, 'SIGHUP');
      await dnsmasq.said.waitFor(/read \S*dhcp-options/, 5, from);
    },
  };
}

async function start(scene: Scene, lan: Lan, boot: readonly string[], range = DHCP_RANGE) {
  const { first, last, mask } = range;
  const words = [
    ...['dnsmasq', ...DNSMASQ_FLAGS, '--conf-file=/dev/null', '--dhcp-authoritative'],
    ...[`--interface=${BRIDGE}`, '--bind-interfaces', `--dhcp-range=${first},${last},${mask},10m`],
    ...ROUTER_WORDS,
    `--dhcp-leasefile=${join(scene.scratch, `leases-${first}`)}`,
    ...boot,
  ];
  const dnsmasq = startProgram('dnsmasq', lan.inside(words), join(scene.logs, 'dnsmasq.log'));
  scene.defer(() => dnsmasq.stop());
  await dnsmasq.said.waitFor(/DHCP, IP range/, 10);
  return dnsmasq;
}
