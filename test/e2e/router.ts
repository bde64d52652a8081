// A router whose DHCP gives addresses, and what to boot only where it is told to.
import { join } from 'node:path';
import { DNSMASQ_FLAGS } from './dhcp-daemons.ts';
import { addComputer, DHCP_RANGE, type Lan, ROUTER } from './lan.ts';
import { type Running, startProgram } from './program.ts';
import type { Scene } from './scene.ts';

/** Another computer on the bridge, which gives addresses, and boot files only where `conf` says so. */
export async function startRouter(scene: Scene, lan: Lan, conf?: string): Promise<void> {
  const inside = await addComputer(scene, lan, 'router', ROUTER);
  await startAddressDhcp(scene, inside([]), ['--interface=lan'], conf);
}

/** A DHCP server that gives addresses. */
export async function startAddressDhcp(
  scene: Scene,
  inside: readonly string[],
  options: readonly string[],
  conf = '/dev/null',
): Promise<void> {
  const { first, last, mask } = DHCP_RANGE;
  const words = [`--conf-file=${conf}`, `--dhcp-range=${first},${last},${mask},10m`, ...options];
  const dnsmasq = startDnsmasq(scene, 'dnsmasq', inside, [...words, '--dhcp-authoritative']);
  await dnsmasq.said.waitFor(/DHCP, IP range/, 10);
}

export function startDnsmasq(
  scene: Scene,
  name: string,
  inside: readonly string[],
  options: readonly string[],
): Running {
  const leases = `--dhcp-leasefile=${join(scene.scratch, `${name}-leases`)}`;
  const words = ['dnsmasq', ...DNSMASQ_FLAGS, leases, ...options];
  const dnsmasq = startProgram(name, [...inside, ...words], join(scene.logs, `${name}.log`));
  scene.defer(() => dnsmasq.stop());
  return dnsmasq;
}
