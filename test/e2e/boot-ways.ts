// The ways in which firmware loads iPXE, each as far as the node's own script.
import assert from 'node:assert/strict';
import { rename } from 'node:fs/promises';
import { join } from 'node:path';
import { NODE } from './inventory.ts';
import type { Lan } from './lan.ts';
import { type Build, powerOn } from './machine.ts';
import { awaitNodeScript } from './one-start.ts';
import type { Scene } from './scene.ts';

/** Seconds from power-on to the node's own script (TCG on two busy cores). */
const FIRMWARE_SECONDS = 150;

/** A machine, and what its console must have said before its node's script. */
export interface Way {
  readonly firmware: Build['firmware'];
  readonly loadsBy?: Build['loadsBy'];
  readonly console: RegExp;
}

export const WAYS = {
  bios: { firmware: 'bios', console: /tftp:\/\/10\.77\.0\.1\/boot\.ipxe\.\.\. ok/ },
  uefi: { firmware: 'uefi', console: /NBP filename is snponly\.efi/ },
  'uefi-http': {
    firmware: 'uefi',
    loadsBy: 'HTTP',
    console: /URI: http:\/\/10\.77\.0\.1:\d+\/tftp\/snponly\.efi/,
  },
} as const satisfies Record<string, Way>;

/**
 * Boots a machine as far as its node's script.
 * @param name of this boot: its console is in `console-NAME.log`
 * @returns seconds from power-on
 */
export async function bootByWay(scene: Scene, lan: Lan, name: string, way: Way): Promise<number> {
  const { firmware, loadsBy } = way;
  const machine = await powerOn(scene, lan, { firmware, loadsBy, mac: NODE.mac });
  const seconds = await awaitNodeScript(machine, FIRMWARE_SECONDS, 1);
  await machine.powerOff();
  await rename(join(scene.logs, 'console.log'), join(scene.logs, `console-${name}.log`));
  assert.match(machine.console.text, way.console);
  process.stdout.write(`  ${name}: ${seconds.toFixed(1)} s\n`);
  return seconds;
}
