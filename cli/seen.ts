// What is known about the nodes: from the running shim or, if there is none, from what the last one saved.
import { resolve } from 'node:path';
import { Mismatch, parseJson } from '../contract/parse.ts';
import { NODES_API, type TimelineView, timelineSchema } from '../contract/timeline.ts';
import { UserError } from '../messages/user-error.ts';
import { type Built, createBuiltReader } from '../shim/built.ts';
import { readLastTimeline } from '../shim/state/last-timeline.ts';
import { notBuilt } from './built-files.ts';
import { DIST, STATE } from './project-flags.ts';

/** Of commands that ask what is known about the nodes. */
export const SEEN_FLAGS = {
  url: {
    type: 'string',
    value: 'URL',
    otherwise: 'the one on this computer',
    about: 'the running shim to ask',
  },
  dist: DIST,
  state: STATE,
} as const;

export interface Seen {
  readonly view: TimelineView;
  /** What dist/ says; null if it has no tree and --url was given. */
  readonly built: Built | null;
  /** Whether a running shim said it. */
  readonly live: boolean;
}

const WAIT_MS = 3000;

/**
 * @param command its name, for messages
 * @throws {UserError} if the shim at --url does not answer, or there is no built tree
 */
export async function readSeen(
  command: string,
  { url, dist, state }: { url?: string; dist: string; state: string },
): Promise<Seen> {
  // With --url, no tree is needed.
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
      answer instanceof Mismatch ? `: its answer does not fit this version: ${answer.message}` : '';
    throw new UserError(
      `${command}: no shim answers at ${url}${why}\n  hint: run ./homepbp start, or omit --url`,
    );
  }
  if (heard === null && built === null) {
    throw notBuilt(command, dist);
  }
  const view = heard ?? readLastTimeline(state, read, Date.now());
  return { view, built, live: heard !== null };
}

/** Null if nothing answers, or only with an error. */
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
