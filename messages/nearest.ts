// What a misspelt word was probably meant to be.
import leven from 'leven';

/** Other words, in lower case → what they are called here; of several, the first that is known. */
export type Synonyms = Readonly<Record<string, string | readonly string[]>>;

/** A word that short begins too many others. */
const SHORTEST_BEGINNING = 3;

/**
 * The known word that is meant by a synonym; else the closest one, unless more than a third of it would
 * have to change; else the only one that begins with the word. Undefined if there is none.
 */
export function nearest(
  word: string,
  known: readonly string[],
  synonyms: Synonyms = {},
): string | undefined {
  const meant = word.toLowerCase();
  return synonymOf(meant, known, synonyms) ?? closest(meant, known) ?? completed(meant, known);
}

function synonymOf(meant: string, known: readonly string[], synonyms: Synonyms) {
  const ours = Object.hasOwn(synonyms, meant) ? [synonyms[meant] ?? []].flat() : [];
  return ours.find((one) => known.includes(one));
}

function closest(meant: string, known: readonly string[]) {
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(meant, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

function completed(meant: string, known: readonly string[]) {
  if (meant.length < SHORTEST_BEGINNING) return undefined;
  const longer = known.filter((candidate) => candidate.startsWith(meant));
  return longer.length === 1 ? longer[0] : undefined;
}
