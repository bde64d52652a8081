// A mirror over plain http: anyone on the way can answer in its name.
import { plainMirror } from './refusal-errors.ts';
import { CHECKED_BY, type Mirrors } from './sources/source.ts';

const NOTES = {
  signature: 'what arrives is checked by its signature',
  hash: 'what arrives is checked by the hash in HomePBP',
} as const;

/**
 * What the user should know of a mirror, a sentence; null if there is nothing.
 * @throws {Refusal} if nothing but TLS could tell its answers from forged ones
 */
export function judgePlainHttp(name: keyof Mirrors, url: string): string | null {
  if (!isPlain(url)) return null;
  const by = CHECKED_BY[name];
  if (by === 'tls') throw plainMirror(name, url);
  return `note: --mirror ${name}=${url} is not encrypted: ${NOTES[by]}, but others on the way see what you fetch, and can withhold it`;
}

/** Requests to this computer itself pass nobody. */
function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
  return protocol === 'http:' && !isLoopback;
}
