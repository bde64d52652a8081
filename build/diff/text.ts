// A diff as plain text: one section per set of nodes, and one for shared files.
import { INVENTORY } from '../../contract/paths.ts';
import type { Change, Difference } from './change.ts';
import type { TreeDiff } from './diff.ts';

/** Puts a text in a style of util.styleText, or leaves it as it is. */
export type Paint = (style: 'bold' | 'red' | 'green' | 'yellow', text: string) => string;

/** Names that a section shows; the rest is a number. */
const MAX_NAMES = 6;
/** Characters of a value; --json has all of it. */
const MAX_VALUE = 160;

/**
 * The diff, each line ending with a newline.
 * @param out the folder, as the user calls it
 */
export function diffText(diff: TreeDiff, out: string, paint: Paint): string {
  const { written, removed, differences } = diff;
  if (written + removed === 0) return `${out}: identical, a build would change nothing\n`;
  const sections = Map.groupBy(differences, ({ nodes }) => nodes.join(' '));
  const own = [...sections].filter(([key]) => key !== '');
  const shared = sections.get('') ?? [];
  const lines = [
    `${out}: a build would write ${files(written)} and remove ${files(removed)}`,
    ...own.flatMap(([, section]) => sectionLines(namesOf(section), section, paint)),
    ...(shared.length > 0 ? sectionLines('shared files', shared, paint) : []),
  ];
  return `${lines.join('\n')}\n`;
}

function files(count: number): string {
  return count === 1 ? '1 file' : `${count} files`;
}

function namesOf([first]: readonly Difference[]): string {
  const nodes = first?.nodes ?? [];
  const more = nodes.length - MAX_NAMES;
  return nodes.slice(0, MAX_NAMES).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function sectionLines(title: string, section: readonly Difference[], paint: Paint): string[] {
  const byFile = Map.groupBy(section, ({ file }) => file);
  const lines = [...byFile].flatMap(([file, differences]) => [
    `  ${file}`,
    ...differences.flatMap((one) => changeLines(one, paint)).map((line) => `    ${line}`),
  ]);
  return ['', paint('bold', `${title}:`), ...lines];
}

function changeLines({ file, change }: Difference, paint: Paint): string[] {
  const { kind, at, old, new: now } = change;
  const gone = old.map((text) => paint('red', `- ${short(text)}`));
  const come = now.map((text) => paint('green', `+ ${short(text)}`));
  const place = at === null ? '' : `${at}: `;
  switch (kind) {
    case 'added':
      return [paint('green', `+ ${file === INVENTORY ? 'new node' : 'new file'}, ${now[0] ?? ''}`)];
    case 'removed':
      return [paint('red', `- ${file === INVENTORY ? 'node' : 'file'} removed, ${old[0] ?? ''}`)];
    case 'items':
      return [...(at === null ? [] : [`${at}:`]), ...[...gone, ...come].map((line) => `  ${line}`)];
    case 'secret':
      return [paint('yellow', at === null ? 'secret changed' : `secret changed in ${at}`)];
    case 'unreadable':
      return ['unknown change: the file cannot be read (did another user build dist/?)'];
    case 'mode':
      return [`permissions ${arrow(change)}`];
    case 'order':
      return [`${place}order ${old.join(' ')} → ${now.join(' ')}`];
    case 'value':
    case 'bytes':
      return [
        place + (old.length > 0 && now.length > 0 ? arrow(change) : [...gone, ...come].join('')),
      ];
  }
}

function arrow({ old, new: now }: Change): string {
  return `${short(old[0] ?? '')} → ${short(now[0] ?? '')}`;
}

function short(text: string): string {
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 1)}…` : text;
}
