/**
 * A text for a terminal: characters that could control it or change how others are shown (controls,
 * bidi marks, lone surrogates) become escapes such as `\u001b`. Line feeds and tabs stay.
 */
export function escaped(text: string): string {
  return text.replaceAll(/(?![\n\t])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) =>
    Array.from({ length: character.length }, (_, index) => unicodeEscape(character, index)).join(
      '',
    ),
  );
}

function unicodeEscape(text: string, index: number): string {
  return `\\u${text.charCodeAt(index).toString(16).padStart(4, '0')}`;
}
