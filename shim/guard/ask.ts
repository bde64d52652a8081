// The output of small system programs, with a limit on how many run.
import { execFile } from 'node:child_process';

export type Ask = (program: string, args: readonly string[]) => Promise<string>;

const TIMEOUT_MS = 2000;
/** These programs are often not in a user's PATH. */
const PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin:/usr/bin:/bin`;

/**
 * Asks for a program's output; '' when it is missing, fails or takes too long. One process runs per
 * question, and one more for everyone who asked meanwhile: an answer is never older than its
 * question.
 * @param maxQuestions different questions at once; any beyond that get ''
 */
export function createAsker(run: Ask = runProgram, maxQuestions = 16): Ask {
  const running = new Map<string, Promise<string>>();
  const waiting = new Map<string, Promise<string>>();
  const start = (key: string, program: string, args: readonly string[]) => {
    const answer = run(program, args).finally(() => running.delete(key));
    running.set(key, answer);
    return answer;
  };
  return async (program, args) => {
    const key = [program, ...args].join(' ');
    const under = running.get(key);
    if (under === undefined) return running.size < maxQuestions ? start(key, program, args) : '';
    const next =
      waiting.get(key) ??
      under.then(() => {
        waiting.delete(key);
        return start(key, program, args);
      });
    waiting.set(key, next);
    return next;
  };
}

function runProgram(program: string, args: readonly string[]): Promise<string> {
  const options = { timeout: TIMEOUT_MS, env: { PATH, LC_ALL: 'C' }, maxBuffer: 4 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(program, [...args], options, (error, stdout) => resolve(error ? '' : stdout));
  });
}
