// Our user-data, alone or with the user's own part behind it.
import type { ExtraUserData } from './extra-user-data.ts';
import type { Render } from './render.ts';

/**
 * Puts the user's own part behind ours as a cloud-config archive, of which cloud-init handles and
 * merges the parts in their order. Without one, ours is returned as it is.
 */
export function withExtra(ours: string, extra: ExtraUserData | null, render: Render): string {
  if (extra === null) return ours;
  const rules = extra.needsMergeRules ? render('nodes/merge-how.eta', {}) : '';
  const [header = '', ...rest] = extra.text.split('\n');
  const theirs = extra.needsMergeRules ? [header, rules + rest.join('\n')].join('\n') : extra.text;
  const parts = [part('text/cloud-config', ours), part(extra.type, theirs)];
  return render('nodes/user-data-archive.eta', { parts });
}

function part(type: string, text: string) {
  return { type, lines: text.trimEnd().split('\n') };
}
