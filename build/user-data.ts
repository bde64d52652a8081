// Our user-data, alone or with the user's own part behind it.
import type { ExtraUserData } from './extra-user-data.ts';
import type { Render } from './render.ts';

/**
 * Puts the user's own part behind ours as a cloud-config archive, of which cloud-init handles and
 * merges the parts in their order. Without one, ours is returned as it is.
 */
export function withExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  if (extra === null) return ours;
  const parts = [part('text/cloud-config', ours), part(extra.type, theirs(extra, render))];
  return render('nodes/user-data-archive.eta', { parts });
}

/** The same for people to look at: only its author knows whether the own part holds secrets. */
export function withHiddenExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  if (extra === null) return ours;
  const hidden = render('nodes/extra-hidden.eta', {
    lines: extra.text.trimEnd().split('\n').length,
  });
  const parts = [part('text/cloud-config', ours), part(extra.type, hidden)];
  return render('nodes/user-data-archive.eta', { parts });
}

function theirs(extra: ExtraUserData, render: Render): string {
  if (!extra.needsMergeRules) return extra.text;
  const [header = '', ...rest] = extra.text.split('\n');
  return [header, render('nodes/merge-how.eta', {}) + rest.join('\n')].join('\n');
}

function part(type: string, text: string) {
  return { type, lines: text.trimEnd().split('\n') };
}
