// The machine got another network card: from its disk it starts as the same node, by that card.
import assert from 'node:assert/strict';
import { blankDisk } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { NODE } from '../inventory.ts';
import { openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';
import { awaitSmall } from '../small.ts';
import { startWith } from '../small-genesis.ts';

const NEW_MAC = '52:54:00:e2:e0:7f';

export async function newNic(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const disk = await blankDisk(scene);
  const genesis = await startWith(scene, lan, scene.image.small, [scene.image.grub]);
  const first = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac, disk });
  await awaitSmall(scene, first, 600);
  await genesis.stop();
  const second = await powerOn(scene, lan, { firmware: 'bios', mac: NEW_MAC, disk });
  const report = await awaitSmall(scene, second, 600);
  const log = report.text('/run/homepbp/boot.log');
  assert.match(
    log,
    new RegExp(`has no network card ${NODE.mac}; using \\S+ \\(${NEW_MAC}\\) instead`),
  );
  const network = report.text('/var/lib/cloud/seed/nocloud/network-config');
  assert.ok(network.includes(NEW_MAC) && !network.includes(NODE.mac), network);
  assert.match(network, new RegExp(NODE.ip), 'with the address of the seed');
  assert.deepEqual(report.marks, { whole: 2, damaged: 0 });
  return report.seconds;
}
