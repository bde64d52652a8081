// Watches the machines as the page does, and tells what is new.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseJson } from '../../contract/parse.ts';
import { NODES_API, type TimelineView, timelineSchema } from '../../contract/timeline.ts';
import type { Say } from './orders.ts';
import { newsOf, type Said } from './progress.ts';

const LOOK_EVERY_MS = 1000;
const WAIT_MS = 3000;

/** Until `signal`. @param page its URL */
export async function tellNews(page: string, say: Say, signal: AbortSignal): Promise<void> {
  let said: Said = new Map();
  while (!signal.aborted) {
    const view = await look(page);
    const news = view === null ? { lines: [], said } : newsOf(said, view);
    for (const line of news.lines) say(line);
    said = news.said;
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {});
  }
}

/** Null while Genesis does not answer. */
async function look(page: string): Promise<TimelineView | null> {
  try {
    const answer = await fetch(`${page}/${NODES_API}`, { signal: AbortSignal.timeout(WAIT_MS) });
    return parseJson(timelineSchema, await answer.text());
  } catch {
    return null;
  }
}
