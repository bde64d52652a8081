// References between iPXE scripts and what they load.

/** RFC 3986 resolution, as iPXE does against the URI of the running script. */
export function resolveUri(reference: string, base: string): string {
  if (/^\w+:/.test(reference)) return reference;
  // Not by URL alone: it lower-cases host names, and ours may be a placeholder.
  const [, origin = '', path = ''] = /^(\w+:\/\/[^/]*)(.*)$/.exec(base) ?? [];
  return origin + new URL(reference, `http://host${path}`).pathname;
}
