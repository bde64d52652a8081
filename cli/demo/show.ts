// What the demo shows: blank machines become one cluster, and the same one again after a power cut without Genesis.
import { copyFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MEDIA_LOCK } from '../../contract/media-lock.ts';
import { startDhcp } from '../../test/e2e/dnsmasq.ts';
import { buildInventory, startServe } from '../../test/e2e/genesis.ts';
import { shelfInventory } from '../../test/e2e/inventory.ts';
import { type Lan, openLan } from '../../test/e2e/lan.ts';
import type { Machine } from '../../test/e2e/machine.ts';
import type { Running } from '../../test/e2e/program.ts';
import type { Scene } from '../../test/e2e/scene.ts';
import { askStandIn, untilOneCluster, type Wait } from '../../test/e2e/shelf/one-cluster.ts';
import {
  blankPlaces,
  cutPower,
  type Place,
  placesIn,
  powerOnAll,
} from '../../test/e2e/shelf/places.ts';
import { STAND_IN_VERSION, standInOs } from '../../test/e2e/shelf/stand-in.ts';
import { makePerson, type Person, samePerson } from '../../test/e2e/ssh.ts';
import { askK3s } from './nodes.ts';
import type { Say } from './orders.ts';
import { clock } from './progress.ts';
import { SIZES, type System } from './system.ts';
import { tellNews } from './watch.ts';

/** Seconds from power-on to one cluster, at most; emulated on a busy computer it takes a quarter of that. */
const AT_MOST = 3600;

export interface Plan {
  readonly machines: number;
  readonly system: System;
  readonly kvm: boolean;
  /** The project's own, for a fetched system. */
  readonly media: string;
}

/** A network with its machines, which are off. */
export interface Stage {
  /** Its scratch folder has the project and the disks. */
  readonly scene: Scene;
  readonly plan: Plan;
  readonly lan: Lan;
  readonly places: readonly Place[];
  readonly person: Person;
  readonly wait: Wait;
}

/** @param disks `kept`: those of an earlier demo, with the key that its machines know */
export async function openStage(
  scene: Scene,
  plan: Plan,
  disks: 'blank' | 'kept',
  signal: AbortSignal,
): Promise<Stage> {
  const lan = await openLan(scene);
  await startDhcp(scene, lan);
  const { machines, system } = plan;
  const isNew = disks === 'blank';
  const person = isNew ? await makePerson(scene, lan) : samePerson(scene, lan);
  const places = isNew
    ? await blankPlaces(scene, machines, SIZES[system.kind].disk)
    : placesIn(scene.scratch, machines);
  const ask = system.kind === 'stand-in' ? askStandIn(lan) : askK3s(lan, person);
  return { scene, plan, lan, places, person, wait: { ask, seconds: AT_MOST, signal } };
}

/** Builds dist/ of an inventory of its own. */
export async function buildDist({ scene, plan, places, person }: Stage): Promise<string> {
  const { system } = plan;
  if (system.kind === 'stand-in') {
    const os = await standInOs(scene);
    return buildInventory(scene, shelfInventory(os, STAND_IN_VERSION, person.publicKey, places));
  }
  const { release, kernel, k3s } = system;
  const media = resolve(plan.media);
  await copyFile(join(dirname(media), MEDIA_LOCK), join(scene.scratch, MEDIA_LOCK));
  const text = shelfInventory({ release, kernel }, k3s, person.publicKey, places);
  return buildInventory(scene, text, ['--media', media]);
}

/** Serves dist/ to the machines. */
export function startGenesis({ scene, lan }: Stage, dist: string): Promise<Running> {
  return startServe(scene, lan, dist);
}

let boots = 0;

function switchOn({ scene, lan, places, plan }: Stage): Promise<Machine[]> {
  boots += 1;
  const { memory } = SIZES[plan.system.kind];
  const how = { memory, kvm: plan.kvm, reboots: 'on' } as const;
  return powerOnAll(scene, lan, places, `boot-${boots}`, how);
}

export interface Cluster {
  readonly id: string;
  readonly machines: readonly Machine[];
}

/** Switches the blank machines on and waits for the cluster. @param page its URL */
export async function formCluster(stage: Stage, page: string, say: Say): Promise<Cluster> {
  const begun = performance.now();
  const told: Say = (line) => say(`[${clock(performance.now() - begun)}] ${line}`);
  const machines = await switchOn(stage);
  told(`blank machines switched on: ${machines.length}`);
  const formed = new AbortController();
  const news = tellNews(page, told, AbortSignal.any([formed.signal, ...signalOf(stage)]));
  try {
    const id = await untilOneCluster(stage.scene, stage.places, machines, stage.wait);
    told(`ONE CLUSTER: ${namesOf(stage)} (cluster id ${id})`);
    return { id, machines };
  } finally {
    formed.abort();
    await news;
  }
}

const signalOf = ({ wait: { signal } }: Stage) => (signal === undefined ? [] : [signal]);
const namesOf = ({ places }: Stage) => places.map(({ name }) => name).join(', ');

/**
 * Switches the machines on without Genesis and waits until they are the cluster that they were.
 * @throws if they are another one
 */
export async function startFromDisks(stage: Stage, cluster: string, say: Say): Promise<Cluster> {
  const begun = performance.now();
  const told: Say = (line) => say(`[${clock(performance.now() - begun)}] ${line}`);
  const machines = await switchOn(stage);
  told('power is back: the machines start from their own disks, without Genesis');
  const back = new Set<string>();
  const heard: Wait['heard'] = ({ name }) => {
    if (!back.has(name)) told(`${name}: its server answers, with a quorum`);
    back.add(name);
  };
  const wait = { ...stage.wait, heard };
  const id = await untilOneCluster(stage.scene, stage.places, machines, wait);
  if (id !== cluster) throw new Error(`this is another cluster: ${id}, not ${cluster}`);
  told(`THE SAME CLUSTER: ${namesOf(stage)} (cluster id ${id})`);
  return { id, machines };
}

/** Pulls the plug on everything, Genesis included, and shows that the cluster comes back. */
export async function showPowerCut(
  stage: Stage,
  { id, machines }: Cluster,
  genesis: Running | null,
  say: Say,
): Promise<Cluster> {
  await cutPower(machines);
  await genesis?.stop();
  say('the plug is pulled on all machines at once; Genesis is off, and its page with it');
  return startFromDisks(stage, id, say);
}
