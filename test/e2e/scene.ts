// The resources of one case: a scratch folder, a folder of logs, and the undoing of what it did.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestImage } from './image.ts';

/** Names of namespaces and scratch folders: this and the process id that made them. */
export const RUN_PREFIX = 'homepbp-e2e-';

export interface Scene {
  readonly image: TestImage;
  /** Removed when the scene closes. */
  readonly scratch: string;
  /** Kept until the case runs again. */
  readonly logs: string;
  /** Says how to undo what was just done; undone last first, also after failure and on a signal. */
  defer(undo: () => Promise<void>): void;
  /** Undoes everything. Safe to call twice and at any time. @throws the first error of an undoing */
  close(): Promise<void>;
}

/** Opens a scene; `logs` is emptied. */
export async function openScene(image: TestImage, logs: string): Promise<Scene> {
  await rm(logs, { recursive: true, force: true });
  await mkdir(logs, { recursive: true });
  const scratch = await mkdtemp(join(tmpdir(), `${RUN_PREFIX}${process.pid}-`));
  const undoings: (() => Promise<void>)[] = [() => rm(scratch, { recursive: true, force: true })];
  let closed: Promise<void> | undefined;
  return {
    image,
    scratch,
    logs,
    defer(undo) {
      // Closing may have begun (Ctrl-C) while the case was still starting something.
      if (closed === undefined) undoings.push(undo);
      else closed = closed.then(undo);
    },
    close() {
      closed ??= undoAll(undoings);
      return closed;
    },
  };
}

async function undoAll(undoings: (() => Promise<void>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (let undo = undoings.pop(); undo !== undefined; undo = undoings.pop()) {
    await undo().catch((fault: unknown) => faults.push(fault));
  }
  if (faults.length > 0) throw faults[0];
}
