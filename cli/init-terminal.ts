// The terminal at which `init` asks.
import { createInterface } from 'node:readline';
import { UserError } from '../messages/user-error.ts';
import type { Terminal } from './init-questions.ts';

/**
 * Reads lines from a terminal; none is lost, even if typed ahead or pasted.
 * @throws {UserError} if the terminal is closed before the last answer
 */
export async function interview<T>(ask: (terminal: Terminal) => Promise<T>): Promise<T> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const typed = lines[Symbol.asyncIterator]();
  try {
    return await ask({
      ask: async (question) => {
        lines.setPrompt(question);
        lines.prompt();
        const { value, done } = await typed.next();
        if (done === true) throw new UserError('\ninit: stopped; nothing was written');
        return value;
      },
      say: (line) => void process.stdout.write(`${line}\n`),
    });
  } finally {
    lines.close();
  }
}
