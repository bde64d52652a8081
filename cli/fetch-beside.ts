// The whole fetch, beside serving: its progress is on the terminal and, through the shim, on the page.
import { resolve } from 'node:path';
import { DISTRIBUTION_BUSYBOX } from '../build/busybox.ts';
import { DISTRIBUTION_IPXE } from '../build/media.ts';
import { type FetchView, MAX_FETCH_TEXT } from '../contract/timeline.ts';
import { openProgress, type ShownProgress } from '../fetch/progress.ts';
import { ubuntuSigners } from '../fetch/signers.ts';
import { IPXE } from '../fetch/sources/ipxe.ts';
import type { Mirrors } from '../fetch/sources/source.ts';
import { UserError } from '../messages/user-error.ts';
import { type FetchParts, fetchMedia } from './fetch-media.ts';
import type { Screen } from './screen.ts';

export interface BesideOptions {
  readonly inventory: string;
  readonly media: string;
  readonly mirrors: Mirrors;
  readonly signal: AbortSignal;
  readonly screen: Screen;
  /** Prints what was fetched, or why not. */
  readonly say: (line: string) => void;
  /** Where progress is drawn in place; null: in lines, by `say`. */
  readonly terminal: NodeJS.WriteStream | null;
  /** Whom it trusts, and where distributions keep what they have; default: as `fetch`. */
  readonly parts?: Partial<FetchParts>;
}

/** One fetch at a time, which the page can look at. */
export class FetchBeside {
  #progress: ShownProgress | null = null;
  #fault: string | null = null;

  /** For the page; null before and after, unless it failed. */
  readonly view = (): FetchView | null => {
    if (this.#fault !== null) return { ...NOTHING, state: 'failed', error: short(this.#fault) };
    if (this.#progress === null) return null;
    const { bytes, totalBytes, bytesPerSecond, paths } = this.#progress.figures();
    const doing = short(paths.join(', '));
    const speed = Math.round(bytesPerSecond);
    return { state: 'running', bytes, totalBytes, bytesPerSecond: speed, doing };
  };

  /** For when all is there after all. */
  forgetFault(): void {
    this.#fault = null;
  }

  /** Whether everything came. Never rejects: the shim goes on serving, whatever happens here. */
  async run(options: BesideOptions): Promise<boolean> {
    const { screen, say, terminal, signal } = options;
    const progress = openProgress(terminal ?? lineByLine(say));
    this.#progress = progress;
    this.#fault = null;
    screen.keep({ clear: progress.clear, draw() {} });
    try {
      for (const line of await fetchAll(options, progress)) progress.note(line);
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      this.#fault = messageOf(error);
      progress.note(notFetched(error));
      return false;
    } finally {
      screen.keep(null);
      progress.close();
      this.#progress = null;
    }
  }
}

/** What is said of a fetch that failed; what nobody expected comes with a next step, too. */
export function notFetched(fault: unknown): string {
  const hint = fault instanceof UserError ? '' : '\n  hint: run ./homepbp fetch to see more';
  return `not fetched: ${messageOf(fault)}${hint}`;
}

function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

/** A stream for progress in lines. */
function lineByLine(say: (line: string) => void) {
  const write = (text: string | Uint8Array) => {
    say(String(text).trimEnd());
    return true;
  };
  return { write };
}

const NOTHING = { bytes: 0, totalBytes: null, bytesPerSecond: 0 } as const;

async function fetchAll(
  { inventory, media, mirrors, signal, parts }: BesideOptions,
  progress: ShownProgress,
): Promise<string[]> {
  const wanted = { update: new Set<never>(), dryRun: false, allowDowngrade: false };
  return fetchMedia(
    { inventories: [inventory], media: resolve(media), mirrors, ...wanted },
    {
      signers: parts?.signers ?? (await ubuntuSigners()),
      ...{ ipxe: IPXE, ipxeFolder: DISTRIBUTION_IPXE, busyboxFolders: DISTRIBUTION_BUSYBOX },
      ...parts,
      ...{ progress, signal },
    },
  );
}

function short(text: string): string {
  return text.replaceAll(/\s+/g, ' ').slice(0, MAX_FETCH_TEXT);
}
