// What a server prints on standard error: its log, and sentences for people. With `--log json` all of it
// is JSON, one event a line.
import { createLog, LOG_FORMATS, type Log } from '../shim/log.ts';
import { oneOf } from './flags.ts';
import { Screen } from './screen.ts';

export interface Voice {
  readonly log: Log;
  /** Prints one or more lines; as an event where a program reads them. */
  readonly say: (text: string) => void;
  /** Whether only programs read this. */
  readonly isJson: boolean;
  readonly screen: Screen;
}

/**
 * Standard output stays free for the ready line.
 * @param format the value of --log
 * @throws {UserError} if there is no such format
 */
export function openVoice(command: string, format: string): Voice {
  // The server outlives whatever reads its log.
  process.stderr.on('error', () => {});
  const { NO_COLOR = '', TERM } = process.env;
  const colour = process.stderr.isTTY && NO_COLOR === '' && TERM !== 'dumb';
  const screen = new Screen((text) => process.stderr.write(text));
  const chosen = oneOf(command, 'log', LOG_FORMATS, format);
  const log = createLog(chosen, screen.print, { colour });
  const note = (text: string) => log({ area: 'shim', event: 'note', fields: { text } });
  const isJson = chosen === 'json';
  return { log, say: isJson ? note : (text) => screen.print(`${text}\n`), isJson, screen };
}
