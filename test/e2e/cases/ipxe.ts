// iPXE of several ages, as far as the node's own script: on UEFI by autoexec.ipxe where it looks for that,
// with one and with several cards; on BIOS by a chain of two.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFatDisk } from '../disk.ts';
import { startDhcp, startPlainDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { HTTP_PORT, NODE } from '../inventory.ts';
import { type Suite, useIpxe } from '../ipxe.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { awaitNodeScript } from '../one-start.ts';
import type { Scene } from '../scene.ts';

/** Seconds from power-on to the node's script (TCG on two busy cores). */
const SECONDS = 150;
/** Cards of the machine that are not the node's, found before its own. */
const STRANGERS = ['52:54:00:e2:ff:01', '52:54:00:e2:ff:02'];
/** How long a switch's spanning tree forwards nothing: twice its forward delay. */
const SPANNING_TREE_MS = 30_000;

/** A plain router's DHCP gives iPXE the firmware's file again, where iPXE needs no more than that. */
async function openUefi(scene: Scene, suite: Suite, program = 'snponly.efi') {
  const ipxe = await useIpxe(scene, suite);
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  await (ipxe.takesAutoexec ? startPlainDhcp(scene, lan, program) : startDhcp(scene, lan));
  return { ipxe, lan, said };
}

export async function uefiIpxe(scene: Scene, suite: Suite): Promise<number> {
  const { ipxe, lan, said } = await openUefi(scene, suite);
  const machine = await powerOn(scene, lan, { firmware: 'uefi', mac: NODE.mac });
  const seconds = await awaitNodeScript(machine, SECONDS, 1);
  const [first, other] = ipxe.takesAutoexec
    ? (['autoexec.ipxe', 'boot.ipxe'] as const)
    : (['boot.ipxe', 'autoexec.ipxe'] as const);
  assert.match(said.text, new RegExp(`tftp complete path=${first} `));
  assert.doesNotMatch(said.text, new RegExp(`tftp complete path=${other} `));
  return seconds;
}

/** ipxe.efi, which has drivers for all cards; the firmware started it by the last one. */
export async function uefiCards(scene: Scene, suite: Suite): Promise<number> {
  const { lan } = await openUefi(scene, suite, 'ipxe.efi');
  const build = { firmware: 'uefi', mac: NODE.mac, strangers: STRANGERS } as const;
  const machine = await powerOn(scene, lan, build);
  const seconds = await awaitNodeScript(machine, SECONDS, 1);
  assert.doesNotMatch(machine.console.text, /Configuring/, 'DHCP is not asked again');
  return seconds;
}

/** A switch forwards nothing for a while after iPXE has reopened the card, which it does for HTTP. */
export async function uefiSpanningTree(scene: Scene, suite: Suite): Promise<number> {
  const { lan } = await openUefi(scene, suite);
  const release = await lan.hold(HTTP_PORT);
  const machine = await powerOn(scene, lan, { firmware: 'uefi', mac: NODE.mac });
  await machine.console.waitFor(/HomePBP: asking/, SECONDS);
  await sleep(SPANNING_TREE_MS);
  await release();
  return awaitNodeScript(machine, SECONDS, 1);
}

/**
 * iPXE and autoexec.ipxe on a disk: no card is the firmware's, and there is no lease. DHCP answers only
 * once a first attempt has failed.
 */
export async function uefiLateDhcp(scene: Scene, suite: Suite): Promise<number> {
  const { folder } = await useIpxe(scene, suite);
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  const disk = await makeFatDisk(scene, {
    'EFI/BOOT/BOOTX64.EFI': await readFile(join(folder, 'ipxe.efi')),
    'EFI/BOOT/autoexec.ipxe': await readFile(join(dist, 'tftp', 'autoexec.ipxe')),
  });
  const build = { firmware: 'uefi', mac: NODE.mac, disk, first: 'disk' } as const;
  const machine = await powerOn(scene, lan, build);
  await machine.console.waitFor(/HomePBP: no answer from DHCP \(attempt 1 of 4\)/, SECONDS);
  await startDhcp(scene, lan);
  return awaitNodeScript(machine, SECONDS, 1);
}

/** QEMU's ROM, which DHCP cannot tell from the iPXE that it loads: so the answer changes in between. */
export async function biosChain(scene: Scene, suite: Suite): Promise<number> {
  await useIpxe(scene, suite);
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  const dhcp = await startPlainDhcp(scene, lan, 'undionly.kpxe');
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  await said.waitFor(/tftp complete path=undionly\.kpxe /, SECONDS);
  await dhcp.offer('boot.ipxe');
  return awaitNodeScript(machine, SECONDS, 2);
}
