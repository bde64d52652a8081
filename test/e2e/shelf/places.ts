// The places of a shelf: machines with a blank disk each, all of which become servers of one cluster.
import { join } from 'node:path';
import { blankDisk } from '../disk-image.ts';
import type { Lan } from '../lan.ts';
import { type Build, type Machine, powerOn } from '../machine.ts';
import type { Scene } from '../scene.ts';

export interface Place {
  readonly name: string;
  readonly mac: string;
  /** With its prefix length. */
  readonly ip: string;
  /** A raw image. */
  readonly disk: string;
}

/** The most that there are names, MAC addresses and addresses for. */
export const MOST_PLACES = 9;

/** The places `shelf-1` to `shelf-COUNT`, their disks in `folder`; no disk is made yet. */
export function placesIn(folder: string, count: number): Place[] {
  return Array.from({ length: Math.min(count, MOST_PLACES) }, (_, index) => {
    const number = index + 1;
    const name = `shelf-${number}`;
    const disk = join(folder, `${name}.img`);
    return { name, mac: `52:54:00:e2:e1:0${number}`, ip: `10.77.0.2${number}/24`, disk };
  });
}

/** The same with blank disks, in the scene's folder. @param bytes the size of each */
export async function blankPlaces(scene: Scene, count: number, bytes?: number): Promise<Place[]> {
  const places = placesIn(scene.scratch, count);
  for (const { name } of places) await blankDisk(scene, name, bytes);
  return places;
}

export function addressOf({ ip }: Place): string {
  return ip.replace(/\/.*/, '');
}

/**
 * Switches all machines on, one processor each.
 * @param boot told apart by this in the names of the consoles' logs
 */
export async function powerOnAll(
  scene: Scene,
  lan: Lan,
  places: readonly Place[],
  boot: string,
  how: Pick<Build, 'memory' | 'kvm' | 'reboots'> = {},
): Promise<Machine[]> {
  const machines: Machine[] = [];
  for (const { name, mac, disk } of places) {
    const as = `${name}-${boot}`;
    const build = { ...how, firmware: 'bios', mac, disk, name: as, processors: 1 } as const;
    machines.push(await powerOn(scene, lan, build));
  }
  return machines;
}

/** Pulls the plug on all machines at once. */
export async function cutPower(machines: readonly Machine[]): Promise<void> {
  await Promise.all(machines.map((machine) => machine.kill()));
}
