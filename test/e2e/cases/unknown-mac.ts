// A machine that nodes.yaml does not list says which line would make it a node, then boots its disk.
import { LOCAL_DISK, makeLocalDisk } from '../disk.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildDist, serveDist } from '../genesis.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

const STRANGER = '52:54:00:e2:ff:ff';

export async function unknownMac(scene: Scene): Promise<number> {
  const dist = await buildDist(scene);
  const lan = await openLan(scene);
  await serveDist(scene, lan, dist);
  await startDhcp(scene, lan);
  const disk = await makeLocalDisk(scene, 'bios');
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: STRANGER, disk });
  const said = machine.console;
  const { end } = await said.waitFor(new RegExp(`no node with the MAC address ${STRANGER}`), 90);
  const yaml = await said.waitFor(
    new RegExp(`- \\{ name: [a-z0-9-]+, mac: "${STRANGER}" \\}`),
    5,
    end,
  );
  const local = await said.waitFor(new RegExp(LOCAL_DISK.bios), 60, yaml.end);
  await machine.off;
  return (local.at - machine.poweredOn) / 1000;
}
