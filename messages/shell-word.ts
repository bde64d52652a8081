/** A word for a POSIX shell, to be pasted: quoted only where it must be. */
export function shellWord(word: string): string {
  return /^[\w./+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
