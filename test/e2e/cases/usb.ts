// The boot stick, on machines whose firmware cannot boot over the network: with DHCP, with an address of its
// own where there is none, and with Genesis off.
import assert from 'node:assert/strict';
import { type Firmware, LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, buildInventory, makeStick, serveDist } from '../genesis.ts';
import { HTTP_PORT, inventoryText, NODE, smallOs } from '../inventory.ts';
import { type Suite, useIpxe } from '../ipxe.ts';
import { GENESIS, openLan } from '../lan.ts';
import { type Build, type Disk, powerOn } from '../machine.ts';
import { awaitNodeScript } from '../one-start.ts';
import { refusal, waitUntilUp } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall } from '../small.ts';

/** Seconds from power-on to the node's script (TCG on two busy cores). */
const SECONDS = 150;
/** Neither the node's address in nodes.yaml nor one of DHCP's. */
const ADDRESS = '10.77.0.50';

const machineOf = (firmware: Firmware, ...disks: Disk[]): Build => ({
  ...{ firmware, disks, mac: NODE.mac },
  ...({ first: 'disk', bootsByNetwork: 'never' } as const),
});

/** As far as the kernel's first word. */
export async function usb(scene: Scene, firmware: Firmware, suite: Suite): Promise<number> {
  await useIpxe(scene, suite);
  const dist = await buildDist(scene);
  const stick = await makeStick(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const machine = await powerOn(scene, lan, machineOf(firmware, stick));
  const seconds = await awaitNodeScript(machine, SECONDS, 1);
  assert.match(machine.console.text, /HomePBP: net0 \(52:54:\S+\): asking DHCP/);
  await waitUntilUp(machine.console, /network: requesting an address/, SECONDS, refusal());
  return seconds;
}

/** A network without DHCP, up to the root. */
export async function usbAddress(scene: Scene): Promise<number> {
  await useIpxe(scene, 'trixie');
  const dist = await buildInventory(scene, inventoryText(smallOs(scene.scratch, scene.image)));
  const address = ['--address', `${ADDRESS}/24`, '--url', `http://${GENESIS}:${HTTP_PORT}`];
  const stick = await makeStick(scene, address);
  const lan = await openLan(scene);
  const said = await serveDist(scene, lan, dist);
  const machine = await powerOn(scene, lan, machineOf('bios', stick));
  const { seconds } = await awaitSmall(scene, machine);
  assert.match(machine.console.text, new RegExp(`using the boot stick's address ${ADDRESS}/24 on`));
  assert.doesNotMatch(machine.console.text, /DHCP/);
  assert.match(said.text, new RegExp(ADDRESS));
  return seconds;
}

/** BIOS counts the stick as the first disk: the machine starts its own, and not the stick again. */
export async function usbGenesisOff(scene: Scene): Promise<number> {
  await useIpxe(scene, 'trixie');
  await buildDist(scene);
  const stick = await makeStick(scene);
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const own = { path: await makeLocalDisk(scene, 'bios') };
  const machine = await powerOn(scene, lan, machineOf('bios', stick, own));
  const local = await machine.console.waitFor(new RegExp(LOCAL_DISK.bios), SECONDS);
  assert.equal(machine.console.text.match(/HomePBP: boot stick/g)?.length, 1);
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}
