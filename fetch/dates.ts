// The dates of signed indexes. An old index is as validly signed as today's, so without its date anyone on
// the way could replay it, and withhold every fix since.
import { expiredIndex, olderIndex } from './refusal-errors.ts';

/** What an index says of itself. */
export interface IndexDates {
  readonly date: Date | null;
  readonly validUntil: Date | null;
}

export interface DatesOptions {
  /** Takes any index, and records its date. */
  readonly allowOlder: boolean;
  readonly now?: Date;
}

/** The dates that a lock has, and those of the indexes that a run reads. */
export class Dates {
  readonly #locked: Readonly<Record<string, string>>;
  readonly #allowOlder: boolean;
  readonly #now: Date;
  readonly #seen = new Map<string, Date | null>();

  /** @param locked name of an index → ISO 8601 */
  constructor(locked: Readonly<Record<string, string>>, { allowOlder, now }: DatesOptions) {
    this.#locked = locked;
    this.#allowOlder = allowOlder;
    this.#now = now ?? new Date();
  }

  /**
   * Takes note of an index whose signature has been checked. One without a date is older than any with.
   * @param name the same wherever it is served, such as `archive dists/noble-updates/InRelease`
   * @param url for the message
   * @throws {Refusal} if it is older than recorded, or its time is over
   */
  check(name: string, url: string, { date, validUntil }: IndexDates): void {
    if (!this.#allowOlder) {
      const text = this.#locked[name];
      const known = text === undefined ? null : new Date(text);
      if (known !== null && (date === null || date < known)) throw olderIndex(url, date, known);
      if (validUntil !== null && validUntil < this.#now)
        throw expiredIndex(url, validUntil, this.#now);
    }
    // The servers behind one name may differ by minutes.
    const seen = this.#seen.get(name) ?? null;
    this.#seen.set(name, seen !== null && (date === null || seen > date) ? seen : date);
  }

  /** For the lock. */
  recorded(): Record<string, string> {
    const dates = new Map(Object.entries(this.#locked));
    for (const [name, date] of this.#seen) {
      if (date === null) dates.delete(name);
      else dates.set(name, date.toISOString());
    }
    return Object.fromEntries(dates);
  }
}

const MONTHS = 'Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec';
const DATE = new RegExp(
  `^(\\w{3}, )?\\d{1,2} (${MONTHS}) \\d{4} \\d{1,2}:\\d\\d:\\d\\d (UTC|GMT|[+-]\\d{4})$`,
);

/** `Thu, 17 Jul 2025 10:11:12 UTC`, as Release files and simplestreams have it; null for anything else. */
export function parseIndexDate(text: string | undefined): Date | null {
  if (text === undefined || !DATE.test(text)) return null;
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? null : date;
}
