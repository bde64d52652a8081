// References between iPXE scripts and what they load.

/** RFC 3986 resolution, which iPXE does against the URI of the script that runs. */
export function resolveUri(reference: string, base: string): string {
  if (/^\w+:/.test(reference)) return reference;
  // Not by URL alone: it writes host names in lower case, and ours may stand for one.
  const [, origin = '', path = ''] = /^(\w+:\/\/[^/]*)(.*)$/.exec(base) ?? [];
  return origin + new URL(reference, `http://host${path}`).pathname;
}
