// Sizes for people.

const UNITS = ['kB', 'MB', 'GB', 'TB'];

/** `911 B`, `74.2 kB`, `1.3 GB`: powers of 1000, one decimal. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 'B';
  for (const larger of UNITS) {
    // What would round to 1000.0 of a unit is 1.0 of the next.
    if (value < (unit === 'B' ? 1000 : 999.95)) break;
    value /= 1000;
    unit = larger;
  }
  return unit === 'B' ? `${bytes} B` : `${value.toFixed(1)} ${unit}`;
}
