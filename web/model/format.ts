// Sizes and times for people.
import { formatBytes } from '../../messages/bytes.ts';

/** `131 MB of 262 MB`; without the total if it is unknown. */
export function formatProgress(bytes: number, total: number | null): string {
  return total === null ? formatBytes(bytes) : `${formatBytes(bytes)} of ${formatBytes(total)}`;
}

/** `0.8 s`, `45 s`, `3 min 5 s`, `2 h 10 min`, `3 d 4 h`; at most two units. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return pair(whole, 60, 'min', 's');
  if (whole < 86_400) return pair(Math.floor(whole / 60), 60, 'h', 'min');
  return pair(Math.floor(whole / 3600), 24, 'd', 'h');
}

function pair(amount: number, ratio: number, large: string, small: string): string {
  const rest = amount % ratio;
  const first = `${Math.floor(amount / ratio)} ${large}`;
  return rest === 0 ? first : `${first} ${rest} ${small}`;
}

/** `just now`, `45 s ago`, `4 min ago`, `2 h ago`: one unit is enough for the past. */
export function formatAgo(ms: number): string {
  if (ms < 5000) return 'just now';
  const [amount, unit] = formatDuration(ms).split(' ');
  return `${Math.round(Number(amount))} ${unit} ago`;
}
