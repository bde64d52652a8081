// No shim anywhere: `export` into a folder that plain nginx serves, TFTP from dnsmasq.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { awaitGuest } from '../boot.ts';
import { startDhcpAndTftp } from '../dnsmasq.ts';
import { examine } from '../examine.ts';
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
  const dist = await buildDist(scene);
  const url = `http://${GENESIS}:${NAS_PORT}/boot`;
  await exportDist(scene, join(share, 'boot'), url);
  const lan = await openLan(scene);
  await startNginx(scene, lan, share, NAS_PORT);
  await startDhcpAndTftp(scene, lan, join(share, 'boot', 'tftp'));
  const said = await examine(scene, lan, dist, ['--host', GENESIS, '--url', url]);
  assert.doesNotMatch(said, /^ERROR/m);
  assert.match(said, /^ok {4}tftp:\S+ undionly\.kpxe, .* are served as built$/m);
  assert.match(said, /^note {2}anyone on this network can read the files in nodes\//m);
  assert.match(said, /^ended with 0$/m);
  const machine = await powerOn(scene, lan, { firmware: 'bios', mac: NODE.mac });
  return awaitGuest(scene, machine);
}
