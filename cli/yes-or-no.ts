// A question to a terminal while something else goes on: nothing ever waits for the answer but who asks.
import { createInterface } from 'node:readline';
import { isInForeground } from './foreground.ts';
import type { Screen } from './screen.ts';

export interface Asking {
  readonly input: NodeJS.ReadableStream;
  readonly screen: Screen;
  /** Ends the question; the answer is no. */
  readonly signal: AbortSignal;
  /** Whether the terminal may be read; asked again when the process was stopped and goes on. */
  readonly mayRead?: () => boolean;
}

const ERASE_LINE = '\r\u001b[K';

/**
 * Asks until the answer is yes (Enter too) or no. No, if the terminal is closed, fails, or belongs to
 * somebody else; never rejects.
 */
export async function yesOrNo(question: string, asking: Asking): Promise<boolean> {
  const { input, screen, signal, mayRead = isInForeground } = asking;
  if (signal.aborted || !mayRead()) return false;
  const shown = `${question} [Y/n] `;
  // Not as a terminal: that would take Ctrl-C from the process.
  const lines = createInterface({ input, terminal: false });
  const close = () => lines.close();
  const onResumed = () => {
    if (!mayRead()) lines.close();
  };
  signal.addEventListener('abort', close);
  process.on('SIGCONT', onResumed);
  screen.keep({ clear: () => screen.prompt(ERASE_LINE), draw: () => screen.prompt(shown) });
  screen.prompt(shown);
  try {
    for await (const line of lines) {
      const answer = meaningOf(line);
      if (answer !== null) return answer;
      screen.prompt(shown);
    }
    screen.prompt('\n');
    return false;
  } catch {
    // A terminal that is gone (EIO): this runs beside a server, which goes on.
    return false;
  } finally {
    screen.keep(null);
    process.off('SIGCONT', onResumed);
    signal.removeEventListener('abort', close);
    lines.close();
  }
}

/** Null: neither. */
function meaningOf(line: string): boolean | null {
  const word = line.trim().toLowerCase();
  if (['', 'y', 'yes'].includes(word)) return true;
  return ['n', 'no'].includes(word) ? false : null;
}
