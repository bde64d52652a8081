// Our user-data, alone or followed by the user's own part.
import type { ExtraUserData } from './extra-user-data.ts';
import type { Render } from './render.ts';

/**
 * Adds the user's part after ours as a cloud-config archive, whose parts cloud-init merges in order.
 * Without one, returns ours unchanged.
 */
export function withExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  return extra === null ? ours : archive(ours, extra, extra.text, render);
}

/** The same for people: only the author knows whether the user's part holds secrets. */
export function withHiddenExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  if (extra === null) return ours;
  const lines = linesOf(extra.text).length;
  return archive(ours, extra, render('nodes/extra-hidden.eta', { lines }), render);
}

/**
 * What precedes the first line is left out: cloud-init skips it, but the kernel finds no `#!` behind it.
 * Merge rules are given beside the parts, so that their text, which may be any YAML, stays as is.
 */
function archive(ours: string, extra: ExtraUserData, theirs: string, render: Render): string {
  const parts = [
    { type: 'text/cloud-config', appends: false, lines: linesOf(ours) },
    { type: extra.type, appends: extra.needsMergeRules, lines: linesOf(theirs) },
  ];
  return render('nodes/user-data-archive.eta', { parts });
}

function linesOf(text: string): string[] {
  return text.trim().split('\n');
}
