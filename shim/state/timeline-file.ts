// state/timeline.json: keeps the timeline across restarts of the shim. It is only for people: a damaged
// file is ignored.
import { join } from 'node:path';
import * as z from 'zod/mini';
import { archSchema, canonicalMacSchema } from '../../contract/inventory.ts';
import { parseFile } from '../../contract/parse-file.ts';
import { STAGES } from '../../contract/timeline.ts';
import type { Machine } from '../timeline/machine.ts';
import { readState } from './read-state.ts';
import { writeState } from './write-state.ts';

const SAVED_TIMELINE = 'timeline.json';

const text = z.string().check(z.maxLength(1000));
const record = z.object({
  state: z.enum(['running', 'done', 'failed']),
  started: z.number(),
  ended: z.nullable(z.number()),
  files: z.record(text, z.object({ position: z.number(), size: z.number() })),
  message: z.nullable(text),
  error: z.nullable(text),
});

const schema = z.object({
  version: z.literal(1),
  machines: z.array(
    z.object({
      mac: canonicalMacSchema,
      address: z.nullable(text),
      arch: z.nullable(archSchema),
      firmware: z.nullable(z.enum(['bios', 'uefi'])),
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

function parse(text: string, path: string) {
  return parseFile(schema, text, path, 'nothing to do: the timeline starts empty');
}

/** @param onFault gets a readable message when nothing could be read */
export function readMachines(folder: string, onFault: (reason: string) => void): Machine[] {
  try {
    const saved = readState(join(folder, SAVED_TIMELINE), parse);
    return (saved?.machines as Machine[] | undefined) ?? [];
  } catch (error) {
    onFault((error as Error).message);
    return [];
  }
}

/** @throws {Error} with a readable message when they cannot be written */
export async function writeMachines(folder: string, machines: readonly Machine[]): Promise<void> {
  const file = { version: 1, machines: [...machines] } satisfies z.input<typeof schema>;
  await writeState(join(folder, SAVED_TIMELINE), `${JSON.stringify(file)}\n`);
}
