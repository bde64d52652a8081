// Boots of the small root (small-root/): what it reports, by the names that its init gives.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import { refusal, waitUntilUp } from './refusal.ts';
import type { Scene } from './scene.ts';

export interface SmallReport {
  /** Seconds from power-on to the small root's first word. */
  readonly seconds: number;
  /** A file of the guest by its path, or `files`, `hashes`, `marks`; empty when it had none. */
  text(name: string): string;
  /** /run/homepbp/disk.json */
  readonly disk: {
    readonly state: string;
    readonly device: string | null;
    readonly reason: string | null;
    readonly uuid: string | null;
    readonly node: string | null;
  };
  /** Whether each file that an earlier boot left on STATE has the hash that is its name; how many. */
  readonly marks: { readonly whole: number; readonly damaged: number };
}

/**
 * Waits until the small root has powered the machine off, and gives its report.
 * @param seconds from power-on within which it must be up
 * @param from `network`: that iPXE leaves for the local disk is an error
 * @throws when it does not come up
 */
export async function awaitSmall(
  scene: Scene,
  machine: Machine,
  seconds = 600,
  from: 'network' | 'anywhere' = 'network',
): Promise<SmallReport> {
  const said = machine.console;
  const { at, end } = await waitUntilUp(said, /E2E small root is up/, seconds, refusal(from));
  await said.waitFor(/E2E small root powers off/, 120, end);
  await machine.off;
  const serial = await machine.secondSerial();
  await writeFile(join(scene.logs, 'report.txt'), serial);
  return parseReport(serial, (at - machine.poweredOn) / 1000);
}

function parseReport(serial: string, seconds: number): SmallReport {
  const body = /^E2E-SMALL begin\n([\s\S]*)^E2E-SMALL end$/m.exec(serial.replaceAll('\r', ''))?.[1];
  if (body === undefined) throw new Error(`the small root sent no report\n${serial.slice(-500)}`);
  const files = new Map<string, string>();
  for (const line of body.split('\n')) {
    const [, name = '', text = ''] = /^([^:]*):(.*)$/.exec(line) ?? [];
    files.set(name, `${files.get(name) ?? ''}${text}\n`);
  }
  const text = (name: string) => files.get(name) ?? '';
  const marks = text('marks').split('\n').filter(Boolean);
  const whole = marks.filter((line) => /^(\S+) +\1$/.test(line)).length;
  return {
    seconds,
    text,
    disk: JSON.parse(text('/run/homepbp/disk.json') || 'null'),
    marks: { whole, damaged: marks.length - whole },
  };
}
