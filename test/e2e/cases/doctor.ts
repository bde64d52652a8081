// `./homepbp doctor` on a typical home network: first nothing is right, then everything is.
import assert from 'node:assert/strict';
import { startDhcp } from '../dnsmasq.ts';
import { examine } from '../examine.ts';
import { startServe } from '../genesis.ts';
import { GENESIS, openLan } from '../lan.ts';
import { buildProject } from '../page/project.ts';
import type { Scene } from '../scene.ts';

/** @returns seconds of an examination that finds nothing */
export async function doctor(scene: Scene): Promise<number> {
  const dist = await buildProject(scene);
  const lan = await openLan(scene);
  const ill = await examine(scene, lan, dist);
  assert.match(
    ill,
    /^ERROR no DHCP server gives machines an address \(asked from 10\.77\.0\.1\)$/m,
  );
  for (const kind of ['BIOS', 'UEFI'])
    assert.match(
      ill,
      new RegExp(`^ERROR no DHCP server tells ${kind} machines what to boot$`, 'm'),
    );
  assert.match(ill, /^ERROR tftp:\/\/10\.77\.0\.1:69\/undionly\.kpxe: no answer$/m);
  assert.match(ill, /^ERROR no answer from http:\/\/10\.77\.0\.1:8080\/$/m);
  assert.match(ill, /^ended with 1$/m);

  await startServe(scene, lan, dist);
  await startDhcp(scene, lan);
  const began = performance.now();
  const well = await examine(scene, lan, dist);
  const seconds = (performance.now() - began) / 1000;
  assert.doesNotMatch(well, /^ERROR/m);
  assert.match(well, /^ok {4}DHCP gives machines an address \(10\.77\.0\.\d+\)$/m);
  for (const [kind, file] of [
    ['BIOS', 'undionly.kpxe'],
    ['UEFI', 'snponly.efi'],
  ]) {
    const line = `${kind} machines are told by ${GENESIS} to load ${file} from ${GENESIS}`;
    assert.ok(well.includes(`ok    ${line}\n`), well);
  }
  assert.match(
    well,
    /^ok {4}tftp:\/\/10\.77\.0\.1:69: undionly\.kpxe, snponly\.efi, boot\.ipxe are served as built/m,
  );
  assert.match(well, /^ok {4}\d+ images are served, each with the right size$/m);
  assert.match(well, /^ok {4}the files in nodes\/ are served only to their own machines$/m);
  assert.match(well, /^ended with 0$/m);
  return seconds;
}
