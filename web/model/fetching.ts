// What the page says of a fetch that Genesis runs.
import type { FetchView } from '../../contract/timeline.ts';
import { formatBytes } from '../../messages/bytes.ts';
import { formatDuration, formatProgress } from './format.ts';

export interface FetchWords {
  readonly headline: string;
  /** How far it is, or why it failed; may be empty. */
  readonly detail: string;
  /** 0 to 1; null where that is unknown, or where it failed. */
  readonly fraction: number | null;
}

export function fetchWords(fetch: FetchView): FetchWords {
  const { state, bytes, totalBytes, error = '' } = fetch;
  if (state === 'failed') {
    return {
      headline: 'Genesis could not fetch everything. Run ./homepbp fetch to go on from here.',
      detail: error,
      fraction: null,
    };
  }
  const isKnown = totalBytes !== null && totalBytes > 0;
  return {
    headline: 'Genesis is fetching what the nodes need.',
    detail: isKnown ? figures(fetch) : 'Asking the publishers what there is to fetch.',
    fraction: isKnown ? Math.min(1, bytes / totalBytes) : null,
  };
}

/** `812 MB of 1.9 GB, 54 MB/s, 20 s left`. */
function figures({ bytes, totalBytes, bytesPerSecond, doing }: FetchView): string {
  const left = Math.max(0, (totalBytes ?? 0) - bytes);
  const rest = bytesPerSecond > 0 ? [`${formatDuration((1000 * left) / bytesPerSecond)} left`] : [];
  const speed = `${formatBytes(bytesPerSecond)}/s`;
  const files = doing === undefined || doing === '' ? '' : ` · ${doing}`;
  return `${[formatProgress(bytes, totalBytes), speed, ...rest].join(', ')}${files}`;
}
