// The main job as a whole: three machines with blank disks and one Genesis become one cluster of
// three, lose power, and are the same cluster again without Genesis. Everything is real except
// k3s, replaced by its stand-in with a real etcd (test/k3s-stand-in).
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { load } from 'js-yaml';
import type { Kubeconfig } from '../../../cli/kubeconfig/for-cluster.ts';
import { startDhcp } from '../dnsmasq.ts';
import { buildInventory, HOMEPBP, startServe } from '../genesis.ts';
import { shelfInventory } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { runProgram } from '../program.ts';
import type { Scene } from '../scene.ts';
import { askStandIn, etcdOf, untilOneCluster } from '../shelf/one-cluster.ts';
import { addressOf, blankPlaces, cutPower, type Place, powerOnAll } from '../shelf/places.ts';
import { STAND_IN_VERSION, standInOs } from '../shelf/stand-in.ts';
import { makePerson, type Person } from '../ssh.ts';

/** Seconds from power-on to a cluster of three (TCG, three machines on two busy cores). */
const FORMED = 2400;

export async function shelf(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const places = await blankPlaces(scene, 3);
  const person = await makePerson(scene, lan);
  const os = await standInOs(scene);
  const inventory = shelfInventory(os, STAND_IN_VERSION, person.publicKey, places);
  const genesis = await startServe(scene, lan, await buildInventory(scene, inventory));
  const wait = { ask: askStandIn(lan), seconds: FORMED };
  const etcd = etcdOf(lan, places);

  const begun = performance.now();
  let machines = await powerOnAll(scene, lan, places, 'cold');
  const first = await untilOneCluster(scene, places, machines, wait);
  await note(scene, 'three blank machines to one cluster of three', begun);
  await etcd('put', '/shelf/kept', 'since before the power cut');
  await fetchKey(scene, lan, places, person);

  await cutPower(machines);
  await genesis.stop();
  const again = performance.now();
  machines = await powerOnAll(scene, lan, places, 'local');
  const second = await untilOneCluster(scene, places, machines, wait);
  assert.equal(second, first, 'the same cluster');
  const seconds = await note(scene, 'power back, without Genesis, to the same cluster', again);
  const kept = await etcd('get', '/shelf/kept', '--print-value-only');
  assert.equal(kept.trim(), 'since before the power cut');
  return seconds;
}

/** `./homepbp kubeconfig`: what it writes leads to a server of the shelf, and is trusted there. */
async function fetchKey(
  scene: Scene,
  lan: Lan,
  places: readonly Place[],
  { ssh }: Person,
): Promise<void> {
  const file = join(scene.scratch, 'kubeconfig');
  const flags = { ssh: ssh.join(' '), out: file, state: join(scene.scratch, 'state') };
  const words = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
  const command = [HOMEPBP, 'kubeconfig', ...words, '--dist', join(scene.scratch, 'dist')];
  await runProgram(lan.inside(command), { seconds: 180 });
  const [{ cluster }] = (load(await readFile(file, 'utf8')) as Kubeconfig).clusters;
  assert.ok(places.some((place) => cluster.server === `https://${addressOf(place)}:6443`));
  const ca = join(scene.scratch, 'kubeconfig-ca.crt');
  await writeFile(ca, Buffer.from(cluster['certificate-authority-data'], 'base64'));
  const asked = ['curl', '-s', '--max-time', '20', '--cacert', ca, `${cluster.server}/ping`];
  assert.equal(await runProgram(lan.inside(asked)), 'pong');
}

/** Prints and keeps how long something took; gives the seconds. */
async function note(scene: Scene, what: string, begun: number): Promise<number> {
  const seconds = (performance.now() - begun) / 1000;
  const line = `${what}: ${seconds.toFixed(1)} s\n`;
  process.stdout.write(`  ${line}`);
  await writeFile(join(scene.logs, 'shelf.txt'), line, { flag: 'a' });
  return seconds;
}
