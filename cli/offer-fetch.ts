// Whether `start` fetches the large things, too: flags say so, or whoever sits at the terminal.
import { resolve } from 'node:path';
import { UserError } from '../messages/user-error.ts';
import { readIfRight } from './media-needs.ts';
import type { Voice } from './voice.ts';
import { toFetchText, whatToFetch } from './what-to-fetch.ts';
import { yesOrNo } from './yes-or-no.ts';

/** `ask`: only on a terminal, otherwise no. */
export type FetchChoice = 'yes' | 'no' | 'ask';

/** @throws {UserError} if the flags contradict each other */
export function fetchChoice(flags: {
  readonly fetch: boolean;
  readonly 'no-fetch': boolean;
  readonly offline: boolean;
}): FetchChoice {
  const { fetch, offline } = flags;
  const not = offline ? '--offline' : '--no-fetch';
  if (!offline && !flags['no-fetch']) return fetch ? 'yes' : 'ask';
  if (fetch) throw new UserError(`start: --fetch and ${not} cannot be combined`);
  return 'no';
}

export interface Offer {
  readonly inventory: string;
  readonly media: string;
  readonly choice: FetchChoice;
  readonly voice: Voice;
  /** Ends the question. */
  readonly signal: AbortSignal;
  /** Null where nobody can be asked. */
  readonly terminal: NodeJS.ReadableStream | null;
}

/** Short enough for one row of any terminal: it is drawn again below each line that comes. */
const QUESTION = 'Fetch it now, while this serves?';
const LATER =
  '  hint: run ./homepbp fetch in another terminal, and this one builds again; or start with --fetch';

/** Whether to fetch now; asks at most once, and says how to do it later if the answer is no. */
export async function wantsFetch(offer: Offer): Promise<boolean> {
  const { inventory, media, choice, voice, signal, terminal } = offer;
  const read = readIfRight(inventory);
  const found = read === null ? null : whatToFetch(read, resolve(media));
  if (found === null || found.what.length === 0) return false;
  const text = toFetchText(found);
  if (choice === 'yes') {
    voice.say(`fetching ${text}; serving meanwhile`);
    return true;
  }
  const what = `not fetched yet: ${text}`;
  if (choice === 'no' || terminal === null) {
    voice.say(`${what}\n${LATER}`);
    return false;
  }
  voice.say(what);
  if (await yesOrNo(QUESTION, { input: terminal, screen: voice.screen, signal })) return true;
  if (!signal.aborted) voice.say(LATER);
  return false;
}
