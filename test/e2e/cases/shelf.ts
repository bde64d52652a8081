// The main job as a whole: three machines with blank disks and one Genesis become one cluster of
// three, lose power, and are the same cluster again without Genesis. Everything is real except
// k3s, replaced by its stand-in with a real etcd (test/k3s-stand-in).
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { load } from 'js-yaml';
import type { Kubeconfig } from '../../../cli/kubeconfig/for-cluster.ts';
import { blankDisk } from '../disk-image.ts';
import { startDhcp } from '../dnsmasq.ts';
import { type Etcd, etcdctlWords, readEtcd } from '../etcd.ts';
import { buildInventory, HOMEPBP, startServe } from '../genesis.ts';
import { shelfInventory, startableOs } from '../inventory.ts';
import { type Lan, openLan } from '../lan.ts';
import { type Machine, powerOn } from '../machine.ts';
import { runProgram } from '../program.ts';
import { refusal } from '../refusal.ts';
import type { Scene } from '../scene.ts';
import { makePerson, type Person } from '../ssh.ts';

const NAMES = ['shelf-1', 'shelf-2', 'shelf-3'] as const;
const K3S = 'v1.35.7+k3s1';
const STAND_IN = join(import.meta.dirname, '..', '..', 'k3s-stand-in');
/** Seconds from power-on to a cluster of three (TCG, three machines on two busy cores). */
const FORMED = 2400;
/** What a machine says if it will not become a member. */
const REFUSED = refusal('network', "cannot read this node's configuration.*");

interface Place {
  readonly name: string;
  readonly mac: string;
  /** With its prefix length. */
  readonly ip: string;
  readonly disk: string;
}

export async function shelf(scene: Scene): Promise<number> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const places = await Promise.all(NAMES.map((name, index) => makePlace(scene, name, index + 1)));
  const person = await makePerson(scene, lan);
  const dist = await buildShelf(scene, places, person);
  const genesis = await startServe(scene, lan, dist);

  const begun = performance.now();
  let machines = await powerOnAll(scene, lan, places, 'cold');
  const first = await untilOneCluster(scene, lan, places, machines);
  await note(scene, 'three blank machines to one cluster of three', begun);
  await ask(lan, places)('put', '/shelf/kept', 'since before the power cut');
  await fetchKey(scene, lan, places, person);

  await Promise.all(machines.map((machine) => machine.kill()));
  await genesis.stop();
  const again = performance.now();
  machines = await powerOnAll(scene, lan, places, 'local');
  assert.equal(await untilOneCluster(scene, lan, places, machines), first, 'the same cluster');
  const seconds = await note(scene, 'power back, without Genesis, to the same cluster', again);
  const kept = await ask(lan, places)('get', '/shelf/kept', '--print-value-only');
  assert.equal(kept.trim(), 'since before the power cut');
  return seconds;
}

async function makePlace(scene: Scene, name: string, number: number): Promise<Place> {
  const disk = await blankDisk(scene, name);
  return { name, mac: `52:54:00:e2:e1:0${number}`, ip: `10.77.0.2${number}/24`, disk };
}

/** Builds `dist/` for the shelf, k3s' stand-in locked and at hand as a fetched k3s would be. */
async function buildShelf(
  scene: Scene,
  places: readonly Place[],
  { publicKey }: Person,
): Promise<string> {
  const root = join(scene.scratch, 'shelf.squashfs');
  const recipe = join(import.meta.dirname, '..', 'shelf-root', 'recipe.sh');
  await runProgram(['sh', recipe, root, scene.image.rootfs], { seconds: 300 });
  await lockStandIn(scene);
  const os = startableOs(scene.scratch, scene.image, root, [scene.image.grub]);
  return buildInventory(scene, shelfInventory(os, K3S, publicKey, places));
}

/** One file that runs as `k3s` does, in media/ and in media.lock.json. */
async function lockStandIn(scene: Scene): Promise<void> {
  const source = join(scene.scratch, 'k3s-stand-in');
  const path = `k3s/${K3S}/k3s-amd64`;
  const file = join(scene.scratch, 'media', path);
  await cp(STAND_IN, source, { recursive: true });
  await rename(join(source, 'k3s'), join(source, '__main__.py'));
  await mkdir(join(file, '..'), { recursive: true });
  const python = '/usr/bin/env python3';
  await runProgram(['python3', '-m', 'zipapp', source, '--output', file, '--python', python]);
  const bytes = await readFile(file);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const locked = { url: 'http://k3s.invalid/k3s', size: bytes.length, sha256, version: K3S };
  const lock = { version: 1, files: { [path]: locked } };
  await writeFile(join(scene.scratch, 'media.lock.json'), JSON.stringify(lock));
}

async function powerOnAll(scene: Scene, lan: Lan, places: readonly Place[], boot: string) {
  const machines: Machine[] = [];
  for (const { name, mac, disk } of places) {
    const as = `${name}-${boot}`;
    const build = { firmware: 'bios', mac, disk, name: as, processors: 1 } as const;
    machines.push(await powerOn(scene, lan, build));
  }
  return machines;
}

/**
 * Waits until each machine's own etcd has exactly these three as voters, in one cluster.
 * @returns the cluster's id
 * @throws when a machine gives up, or the time is over
 */
async function untilOneCluster(
  scene: Scene,
  lan: Lan,
  places: readonly Place[],
  machines: readonly Machine[],
): Promise<string> {
  const end = performance.now() + FORMED * 1000;
  for (;;) {
    const seen = await Promise.all(places.map((place) => readEtcd(ask(lan, [place]))));
    if (seen.every((one) => one?.members.join() === NAMES.join())) return oneOf(seen);
    for (const { console } of machines) {
      const refused = REFUSED.exec(console.text);
      if (refused)
        throw new Error(`a machine did not become a node: ${refused[0]}\n${console.tail()}`);
    }
    if (performance.now() > end) {
      await writeFile(join(scene.logs, 'etcd.json'), JSON.stringify(seen, null, 2));
      const said = machines.map(({ console }) => console.tail(8)).join('\n');
      throw new Error(`no cluster of three within ${FORMED} s\n${said}`);
    }
    await sleep(2000);
  }
}

function oneOf(seen: readonly (Etcd | null)[]): string {
  const ids = new Set(seen.map((one) => one?.clusterId));
  assert.equal(ids.size, 1, `one etcd cluster id: ${[...ids].join(' ')}`);
  return [...ids].join();
}

/** Runs etcdctl on the LAN, with whichever of these machines' etcd answers. */
function ask(lan: Lan, places: readonly Place[]) {
  const endpoints = places.map(({ ip }) => `http://${ip.split('/')[0]}:2379`).join();
  return (...words: readonly string[]) =>
    runProgram(lan.inside(etcdctlWords([`--endpoints=${endpoints}`], words)), { seconds: 15 });
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
  assert.ok(places.some(({ ip }) => cluster.server === `https://${ip.split('/')[0]}:6443`));
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
