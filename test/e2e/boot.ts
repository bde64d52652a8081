// What the cases that boot a node have in common, from power-on to the guest's own report.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkGuest, type GuestReport } from './guest.ts';
import type { Machine } from './machine.ts';
import { waitUntilUp } from './refusal.ts';
import type { Scene } from './scene.ts';

/** Seconds from power-on within which cloud-init must end (TCG on two busy cores). */
const BOOT_SECONDS = 1200;

/**
 * Waits for the booted machine's report, keeps it in the logs and checks it.
 * @returns seconds from power-on to the end of cloud-init
 * @throws when the machine does not come up or is not what nodes.yaml says
 */
export async function awaitGuest(scene: Scene, machine: Machine): Promise<number> {
  const { at, end } = await waitUntilUp(machine.console, /E2E cloud-init ended/, BOOT_SECONDS);
  await machine.console.waitFor(/E2E report sent/, 180, end);
  await machine.off;
  const text = /^E2E-REPORT (.*)$/m.exec(await machine.secondSerial())?.[1] ?? '';
  await writeFile(join(scene.logs, 'report.json'), text);
  checkGuest(JSON.parse(text) as GuestReport);
  return (at - machine.poweredOn) / 1000;
}
