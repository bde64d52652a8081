// What happens when nobody reads what a command prints: `./homepbp explain n1 | head -1`.

/** What a shell reports for a program that SIGPIPE ended, which Node.js ignores. */
const ENDED_BY_SIGPIPE = 128 + 13;

/**
 * From now on a closed standard output ends the process without a word, as usual in a pipe, unless it
 * `outlives` its readers; a closed standard error is never an error.
 */
export function expectClosedPipes(outlives: boolean): void {
  process.stderr.on('error', () => {});
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (outlives) return;
    if (code === 'EPIPE') process.exit(ENDED_BY_SIGPIPE);
    process.stderr.write(`homepbp: the output cannot be written: ${message}\n`);
    process.exit(1);
  });
}
