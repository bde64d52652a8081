// What `start` fetches while it serves: the small things unasked; everything if that is wanted.
import { type FetchBeside, notFetched } from './fetch-beside.ts';
import { fetchSmall, type SmallOptions } from './fetch-small.ts';
import { type FetchChoice, wantsFetch } from './offer-fetch.ts';
import type { Voice } from './voice.ts';

export interface Meanwhile extends SmallOptions {
  readonly choice: FetchChoice;
  /** Whether not even the small things are fetched. */
  readonly offline: boolean;
  readonly voice: Voice;
  readonly beside: FetchBeside;
  readonly signal: AbortSignal;
  /** Called when something came that a build should see. */
  readonly changed: () => void;
}

/**
 * Resolves when all is fetched that will be, or at once when the signal comes. Never rejects: the shim
 * goes on serving, whatever happens here.
 */
export async function fetchMeanwhile(options: Meanwhile): Promise<void> {
  const { choice, offline, voice, beside, signal, changed } = options;
  const enough = new AbortController();
  const tell = (fault: unknown) => voice.say(notFetched(fault));
  const small = async () => {
    if (!offline) await fetchSmallThings(options, enough).catch(tell);
  };
  // The whole fetch has the small things in it, and only one fetch may run; so they wait for --fetch.
  const early = choice === 'yes' ? null : small();
  const screen = process.stderr.isTTY && !voice.isJson ? process.stderr : null;
  const terminal = screen !== null && process.stdin.isTTY ? process.stdin : null;
  const isWanted = await wantsFetch({ ...options, terminal }).catch(tell);
  if (isWanted !== true) return early ?? small();
  enough.abort();
  await early;
  if (signal.aborted) return;
  if (await beside.run({ ...options, ...voice, terminal: screen })) changed();
}

async function fetchSmallThings(options: Meanwhile, { signal }: AbortController): Promise<void> {
  const signals = { signal: AbortSignal.any([options.signal, signal]) };
  const came = await fetchSmall({ ...options, ...signals }, ['k3s', 'ipxe', 'busybox']);
  if (came) options.changed();
}
