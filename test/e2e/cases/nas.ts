// No shim anywhere: `export` into a folder that plain nginx serves, TFTP from dnsmasq.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitGuest } from '../boot.ts';
import { startDhcpAndTftp } from '../dnsmasq.ts';
import { buildDist, exportDist } from '../genesis.ts';
import { NODE } from '../inventory.ts';
import { GENESIS, openLan } from '../lan.ts';
import { powerOn } from '../machine.ts';
import { startNginx } from '../nginx.ts';
import type { Scene } from '../scene.ts';

const NAS_PORT = 8888;

export async function nas(scene: Scene): Promise<number> {
  const share = join(scene.scratch, 'share');
  await mkdir(share);
  await buildDist(scene);
  await exportDist(scene, join(share, 'boot'), `http://${GENESIS}:${NAS_PORT}/boot`);
  const lan = await openLan(scene);
  await startNginx(scene, lan, share, NAS_PORT);
  await startDhcpAndTftp(scene, lan, join(share, 'boot', 'tftp'));
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  return awaitGuest(scene, machine);
}
