// Which requested options are granted (RFC 2347): pure.
import type { Option } from './packet.ts';

/** How a file is sent once client and server agree. */
export interface Terms {
  /** Bytes of data per block (RFC 2348). */
  readonly blksize: number;
  /** Blocks sent before an ACK is waited for (RFC 7440). */
  readonly windowsize: number;
  /** The retransmission timeout requested by the client (RFC 2349), in milliseconds. */
  readonly timeoutMs: number | null;
  /** The OACK's options, in the order requested; if empty, no OACK is sent. */
  readonly granted: readonly Option[];
}

/** What the server is willing to grant. */
export interface Bounds {
  /** Bytes; a client that asks for more is granted this. */
  readonly maxBlksize: number;
  /** Blocks; likewise. */
  readonly maxWindowsize: number;
  /** Bytes in flight per window. */
  readonly maxWindowBytes: number;
  /** Bytes that will be transferred, for tsize; null if that is not known in advance. */
  readonly size: number | null;
}

const DEFAULT_BLKSIZE = 512;
const MIN_BLKSIZE = 8;

/** Bytes before the data: UDP's and TFTP's header, with that of IP. */
const HEADERS = { ipv4: 20 + 8 + 4, ipv6: 40 + 8 + 4 } as const;

/**
 * The largest block that fits into one packet, of at most `limit` bytes (over IPv6, with its longer header, 20 less).
 * @param mtu bytes; null if unknown
 */
export function blksizeLimit(limit: number, mtu: number | null, overIpv6: boolean): number {
  const headers = overIpv6 ? HEADERS.ipv6 : HEADERS.ipv4;
  const usual = limit - (headers - HEADERS.ipv4);
  return mtu === null ? usual : Math.max(MIN_BLKSIZE, Math.min(usual, mtu - headers));
}

/**
 * The terms for a read request's options. Unknown options, and values that their RFC does not
 * allow, are ignored, as RFC 2347 requires. Null for a duplicate option, which it forbids.
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

/** A decimal option value; null when it is not a number, or out of range. */
function inRange(value: string | undefined, least: number, most: number): number | null {
  if (value === undefined || !/^[0-9]{1,15}$/.test(value)) return null;
  const number = Number(value);
  return number >= least && number <= most ? number : null;
}

function atMost(limit: number, number: number | null): number | null {
  return number === null ? null : Math.min(limit, number);
}
