// `./homepbp serve --proxy-dhcp` beside a DHCP server that knows nothing of boot files: real
// firmware of three kinds gets its address from the one and its boot file from the other.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { bootByWay, WAYS, type Way } from '../boot-ways.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT } from '../inventory.ts';
import { type Suite, sayIpxe, useIpxe } from '../ipxe.ts';
import { BRIDGE, type Lan, openLan } from '../lan.ts';
import { startAddressDhcp, startDnsmasq, startRouter } from '../router.ts';
import type { Scene } from '../scene.ts';
import type { Transcript } from '../transcript.ts';

/** What Genesis' proxy must have said too. */
interface ProxyWay extends Way {
  readonly proxy: readonly RegExp[];
  /** Whether the proxy, too, is asked for the first script, by iPXE that does not look for it itself. */
  readonly asksTwice?: boolean;
}

const PROXY_WAYS = {
  bios: { ...WAYS.bios, proxy: [/dhcp offer client=\S+ says=iPXE file=boot\.ipxe/] },
  uefi: {
    ...WAYS.uefi,
    proxy: [/dhcp offer client=\S+ says="PXEClient 7" file=snponly\.efi/],
    asksTwice: true,
  },
  'uefi-http': {
    ...WAYS['uefi-http'],
    proxy: [/dhcp offer client=\S+ says="HTTPClient 16" file=snponly\.efi/],
  },
} as const satisfies Record<string, ProxyWay>;

/** The DHCP server is the router's: another computer on the network. */
export async function proxyDhcp(scene: Scene, suite: Suite = 'host'): Promise<number> {
  await useIpxe(scene, suite);
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist, HTTP_PORT, ['--proxy-dhcp']);
  await startRouter(scene, lan);
  let slowest = 0;
  for (const [name, way] of Object.entries(PROXY_WAYS)) {
    slowest = Math.max(slowest, await bootTo(scene, lan, name, way, said));
  }
  return slowest;
}

/** The DHCP server is on Genesis itself, and lets its port be shared. */
export async function proxyDhcpSameHost(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  await startAddressDhcp(scene, lan.inside([]), [`--interface=${BRIDGE}`, '--bind-interfaces']);
  const said = await serveDist(scene, lan, dist, HTTP_PORT, ['--proxy-dhcp']);
  return bootTo(scene, lan, 'bios', PROXY_WAYS.bios, said);
}

/**
 * The DHCP server on Genesis keeps port 67 to itself, and tells machines by option 60 to ask at
 * port 4011.
 */
export async function proxyDhcpPort4011(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const redirect = [`--interface=${BRIDGE}`, '--dhcp-option-force=60,PXEClient'];
  await startAddressDhcp(scene, lan.inside([]), redirect);
  const said = await serveDist(scene, lan, dist, HTTP_PORT, ['--proxy-dhcp']);
  assert.match(
    said.text,
    /proxy DHCP: port 67 of 10\.77\.0\.1 is taken by a DHCP server.*; only port 4011/,
  );
  const way = {
    ...WAYS.uefi,
    proxy: [/dhcp ack client=\S+ says="PXEClient 7" file=snponly\.efi/],
  };
  return bootTo(scene, lan, 'uefi', way, said);
}

/** A router's dnsmasq that was given the snippet of dist/dhcp/: no proxy, UEFI that boots by HTTP. */
export async function dhcpSnippet(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  await startRouter(scene, lan, join(dist, 'dhcp/dnsmasq.conf'));
  return bootTo(scene, lan, 'uefi-http', { ...WAYS['uefi-http'], proxy: [] }, said);
}

/** dnsmasq as the proxy, by the snippet for that, beside a router that knows nothing of boot files. */
export async function dhcpSnippetProxy(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  await startRouter(scene, lan);
  const options = [`--interface=${BRIDGE}`, `--conf-file=${join(dist, 'dhcp/dnsmasq-proxy.conf')}`];
  const proxy = startDnsmasq(scene, 'proxy', lan.inside([]), options);
  await proxy.said.waitFor(/DHCP, proxy on subnet/, 10);
  const bios = await bootTo(scene, lan, 'bios', { ...WAYS.bios, proxy: [] }, said);
  const uefi = await bootTo(scene, lan, 'uefi', { ...WAYS.uefi, proxy: [] }, said);
  return Math.max(bios, uefi);
}

/** Boots a machine as far as its node's script. @returns seconds from power-on */
async function bootTo(scene: Scene, lan: Lan, name: string, way: ProxyWay, said: Transcript) {
  const from = said.text.length;
  const seconds = await bootByWay(scene, lan, name, way);
  const proxy = said.text.slice(from);
  for (const line of way.proxy) assert.match(proxy, line);
  if (way.asksTwice === true) await checkFirstScript(scene, proxy);
  return seconds;
}

/** iPXE that looks for autoexec.ipxe asks no DHCP any more; an older one is told boot.ipxe by it. */
async function checkFirstScript({ scratch }: Scene, proxy: string): Promise<void> {
  const { takesAutoexec } = await sayIpxe(join(scratch, 'dist', 'tftp'));
  assert.match(
    proxy,
    takesAutoexec ? /tftp complete path=autoexec\.ipxe / : /says=iPXE file=boot\.ipxe/,
  );
}
