// state/timeline.json: the timeline over a restart of the shim. For people only: one that is damaged
// is forgotten.
import { join } from 'node:path';
import { z } from 'zod';
import { isCanonicalMac } from '../../contract/mac.ts';
import { STAGES } from '../../contract/timeline.ts';
import type { Machine } from '../timeline/machine.ts';
import { readJson } from './read-json.ts';
import { writeState } from './write-state.ts';

const SAVED_TIMELINE = 'timeline.json';

const text = z.string().max(1000);
const record = z.object({
  state: z.enum(['running', 'done', 'failed']),
  started: z.number(),
  ended: z.number().nullable(),
  files: z.record(text, z.object({ position: z.number(), size: z.number() })),
  message: text.nullable(),
  error: text.nullable(),
});

const schema = z.object({
  version: z.literal(1),
  machines: z.array(
    z.object({
      mac: z.string().refine(isCanonicalMac),
      address: text.nullable(),
      arch: z.enum(['amd64', 'arm64']).nullable(),
      firmware: z.enum(['bios', 'uefi']).nullable(),
      firstSeen: z.number(),
      seen: z.number(),
      asked: text,
      booted: z.number(),
      stage: z.enum(STAGES),
      stages: z.partialRecord(z.enum(STAGES), record),
      progressAt: z.number(),
    }),
  ),
});

/** @param onFault told, in words for people, why nothing could be read */
export function readMachines(folder: string, onFault: (reason: string) => void): Machine[] {
  try {
    const saved = readJson(join(folder, SAVED_TIMELINE), schema);
    return (saved?.machines as Machine[] | undefined) ?? [];
  } catch (error) {
    onFault((error as Error).message);
    return [];
  }
}

/** @throws {Error} with words for people when they cannot be written */
export async function writeMachines(folder: string, machines: readonly Machine[]): Promise<void> {
  const file = { version: 1, machines: [...machines] } satisfies z.input<typeof schema>;
  await writeState(join(folder, SAVED_TIMELINE), `${JSON.stringify(file)}\n`);
}
