// Our user-data, alone or with the user's own part behind it.
import type { ExtraUserData } from './extra-user-data.ts';
import type { Render } from './render.ts';

/**
 * Puts the user's own part behind ours as a cloud-config archive, of which cloud-init handles and
 * merges the parts in their order. Without one, ours is returned as it is.
 */
export function withExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  return extra === null ? ours : archive(ours, extra, extra.text, render);
}

/** The same for people to look at: only its author knows whether the own part holds secrets. */
export function withHiddenExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  if (extra === null) return ours;
  const lines = extra.text.trimEnd().split('\n').length;
  return archive(ours, extra, render('nodes/extra-hidden.eta', { lines }), render);
}

/** How parts are merged is said beside them: their text, which may be any YAML, stays as it is. */
function archive(ours: string, extra: ExtraUserData, theirs: string, render: Render): string {
  const parts = [
    { type: 'text/cloud-config', appends: false, lines: linesOf(ours) },
    { type: extra.type, appends: extra.needsMergeRules, lines: linesOf(theirs) },
  ];
  return render('nodes/user-data-archive.eta', { parts });
}

function linesOf(text: string): string[] {
  return text.trimEnd().split('\n');
}
