// A machine that starts another way than the one under test gets to the same system in the end: by HTTP
// boot, where PXE failed, or by its disk.
import assert from 'node:assert/strict';
import { NODE } from './inventory.ts';
import type { Machine } from './machine.ts';
import { refusal, waitUntilUp } from './refusal.ts';

/** What the script of the tests' node says. */
export const NODE_SCRIPT = new RegExp(`HomePBP: this machine is ${NODE.name}`);

/**
 * Waits for the node's own script.
 * @param starts how often iPXE may start on the way; once more in BIOS machines, whose ROM is one
 * @returns seconds from power-on
 * @throws when the machine takes another way
 */
export async function awaitNodeScript(
  { console, poweredOn }: Machine,
  seconds: number,
  starts: number,
): Promise<number> {
  const { at } = await waitUntilUp(console, NODE_SCRIPT, seconds, refusal('network'));
  checkStarts(console.text, starts);
  return (at - poweredOn) / 1000;
}

/** @param text of a machine's console */
export function checkStarts(text: string, starts: number): void {
  const seen = text.match(/iPXE initialising devices/g)?.length ?? 0;
  assert.equal(seen, starts, `iPXE started ${seen} times: the machine took another way`);
}
