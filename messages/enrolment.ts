// Texts about a node whose key is not the one that it enrolled with.

/**
 * On the node, on the page, in `status` and in the log.
 * @param since when the node enrolled, milliseconds since 1970
 * @param address where from; null where that is not known
 */
export function enrolledWithAnother(since: number, address: string | null): string {
  const from = address === null ? '' : `, from ${address}`;
  return `enrolled since ${dateText(since)} with another disk${from}`;
}

/** To the minute, and in UTC: the same on every computer. */
export function dateText(time: number): string {
  const [, day, minute] = /^(\S{10})T(\d\d:\d\d)/.exec(new Date(time).toISOString()) ?? [];
  return `${day} ${minute} UTC`;
}

/** The command that lets the next key of a node in. */
export function enrollCommand(name: string): string {
  return `./homepbp enroll ${name}`;
}
