// The founding latch: closed by the founder's check-in, for its epoch.
import { join } from 'node:path';
import { FOUNDED, type FoundedFile, parseFounded } from '../../contract/founded.ts';
import { readState } from './read-state.ts';
import { createState, writeState } from './write-state.ts';

export type Closing = 'closed' | 'other' | 'older';

export interface Latch {
  /** Who founded; null while no node has. @throws {UserError} when the file is damaged */
  read(): FoundedFile | null;
  /**
   * Resolves once the file says so. 'other' when another node has founded in this epoch, 'older'
   * when one has in a later epoch: then nothing is written.
   * @throws {Error} with a readable message when it cannot be written
   */
  close(node: string, epoch: number, at: Date): Promise<Closing>;
}

/** @param folder the state folder; created when something is to be written */
export function openLatch(folder: string): Latch {
  const path = join(folder, FOUNDED);
  const read = () => readState(path, parseFounded);
  let last: Promise<unknown> = Promise.resolve();
  const close = async (node: string, epoch: number, at: Date): Promise<Closing> => {
    const before = read();
    if (before !== null && before.epoch > epoch) return 'older';
    if (before?.epoch === epoch) return before.node === node ? 'closed' : 'other';
    const file: FoundedFile = { version: 1, epoch, node, at: at.toISOString() };
    const text = `${JSON.stringify(file, null, 2)}\n`;
    if (before !== null) await writeState(path, text);
    // Another shim may share the folder, and have another founder.
    else if (!(await createState(path, text))) return close(node, epoch, at);
    return 'closed';
  };
  return {
    read,
    close(node, epoch, at) {
      const closed = last.then(() => close(node, epoch, at));
      last = closed.catch(() => {});
      return closed;
    },
  };
}
