// What is known of the nodes: from the running shim or, where none runs, from what the last one kept.
import { resolve } from 'node:path';
import { Mismatch, parseJson } from '../contract/parse.ts';
import { NODES_API, type TimelineView, timelineSchema } from '../contract/timeline.ts';
import { UserError } from '../messages/user-error.ts';
import { type Built, createBuiltReader } from '../shim/built.ts';
import { readLastTimeline } from '../shim/state/last-timeline.ts';

export const SEEN_FLAGS = {
  url: { type: 'string' },
  dist: { type: 'string', default: 'dist' },
  state: { type: 'string', default: 'state' },
} as const;

export interface Seen {
  readonly view: TimelineView;
  /** What dist/ says; null where it holds no tree and a shim was named. */
  readonly built: Built | null;
  /** Whether a running shim said it. */
  readonly live: boolean;
}

const WAIT_MS = 3000;

/**
 * @param command its name, for messages
 * @throws {UserError} when the shim that was named does not answer, or there is no built tree
 */
export async function readSeen(
  command: string,
  { url, dist, state }: { url?: string; dist: string; state: string },
): Promise<Seen> {
  // Whoever names a shim needs no tree.
  const read = createBuiltReader(resolve(dist), (fault) => {
    if (url === undefined) throw fault;
  });
  const built = read();
  const port = built?.inventory.httpPort;
  const base = url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}`);
  const answer = base === undefined ? null : await ask(base);
  const heard = answer instanceof Mismatch ? null : answer;
  if (heard === null && url !== undefined) {
    const why =
      answer instanceof Mismatch
        ? `: what came is no answer of this version: ${answer.message}`
        : '';
    throw new UserError(
      `${command}: no shim answers at ${url}${why}\n  hint: ./homepbp start, or leave --url out`,
    );
  }
  if (heard === null && built === null) {
    throw new UserError(
      `${command}: ${dist} holds no built tree\n  hint: run ./homepbp build, or name it with --dist`,
    );
  }
  const view = heard ?? readLastTimeline(state, read, Date.now());
  return { view, built, live: heard !== null };
}

/** Null where nobody answers, or with an error. */
async function ask(base: string): Promise<TimelineView | Mismatch | null> {
  try {
    const response = await fetch(`${base.replace(/\/$/, '')}/${NODES_API}`, {
      signal: AbortSignal.timeout(WAIT_MS),
    });
    return response.ok ? parseJson(timelineSchema, await response.text()) : null;
  } catch (error) {
    return error instanceof Mismatch ? error : null;
  }
}
