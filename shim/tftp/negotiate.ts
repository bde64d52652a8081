// What of the asked options is granted (RFC 2347): pure.
import type { Option } from './packet.ts';

/** How a file is sent once client and server agree. */
export interface Terms {
  /** Bytes of data per block (RFC 2348). */
  readonly blksize: number;
  /** Blocks sent before an ACK is waited for (RFC 7440). */
  readonly windowsize: number;
  /** The client's own wish for the time before a retransmission (RFC 2349), in milliseconds. */
  readonly timeoutMs: number | null;
  /** The OACK's options, in the order asked; none means that no OACK is sent. */
  readonly granted: readonly Option[];
}

/** What the server is willing to grant. */
export interface Bounds {
  /** Bytes; a client that asks for more is granted this. */
  readonly maxBlksize: number;
  /** Blocks; likewise. */
  readonly maxWindowsize: number;
  /** Bytes that one window may have in flight. */
  readonly maxWindowBytes: number;
  /** Bytes that will travel, for tsize; null where only sending it would tell. */
  readonly size: number | null;
}

const DEFAULT_BLKSIZE = 512;
const MIN_BLKSIZE = 8;

/**
 * The terms for a read request's options. Unknown options, and values that their RFC does not
 * allow, are left out, as RFC 2347 wants. Null when an option comes twice, which it forbids.
 */
export function negotiate(options: readonly Option[], bounds: Bounds): Terms | null {
  const asked = new Map(options.map(({ name, value }) => [name.toLowerCase(), value]));
  if (asked.size !== options.length) return null;
  const blksize = atMost(bounds.maxBlksize, inRange(asked.get('blksize'), MIN_BLKSIZE, Infinity));
  const windowsize = atMost(
    windowLimit(bounds, blksize ?? DEFAULT_BLKSIZE),
    inRange(asked.get('windowsize'), 1, 65_535),
  );
  const timeout = inRange(asked.get('timeout'), 1, 255);
  const tsize = inRange(asked.get('tsize'), 0, Infinity) === null ? null : bounds.size;
  const granted = new Map([
    ['blksize', blksize],
    ['windowsize', windowsize],
    ['timeout', timeout],
    ['tsize', tsize],
  ]);
  return {
    blksize: blksize ?? DEFAULT_BLKSIZE,
    windowsize: windowsize ?? 1,
    timeoutMs: timeout === null ? null : timeout * 1000,
    granted: options.flatMap(({ name }) => {
      const value = granted.get(name.toLowerCase()) ?? null;
      return value === null ? [] : [{ name, value: String(value) }];
    }),
  };
}

function windowLimit({ maxWindowsize, maxWindowBytes }: Bounds, blksize: number): number {
  return Math.max(1, Math.min(maxWindowsize, Math.floor(maxWindowBytes / blksize)));
}

/** A decimal number as the options carry it; null when it is none, or out of its range. */
function inRange(value: string | undefined, least: number, most: number): number | null {
  if (value === undefined || !/^[0-9]{1,15}$/.test(value)) return null;
  const number = Number(value);
  return number >= least && number <= most ? number : null;
}

function atMost(limit: number, number: number | null): number | null {
  return number === null ? null : Math.min(limit, number);
}
