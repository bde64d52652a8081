// What a misspelt word was probably meant to be.
import leven from 'leven';

/**
 * The known word that is closest, or undefined when more than a third of it would have to change.
 * @param synonyms other words, in lower case → what they are called here; those that are not known are ignored
 */
export function nearest(
  word: string,
  known: readonly string[],
  synonyms: Readonly<Record<string, string>> = {},
): string | undefined {
  const meant = word.toLowerCase();
  const synonym = Object.hasOwn(synonyms, meant) ? synonyms[meant] : undefined;
  if (synonym !== undefined && known.includes(synonym)) return synonym;
  const [best] = known
    .map((candidate) => ({ candidate, distance: leven(meant, candidate) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}
