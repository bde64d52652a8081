// What a server prints on standard error: its log, and sentences for people. With `--log json` all of it
// is JSON, one event a line.
import { createLog, type Log, type LogFormat } from '../shim/log.ts';
import { hasColours } from './colour.ts';
import { Screen } from './screen.ts';

export interface Voice {
  readonly log: Log;
  /** Prints one or more lines; as an event where a program reads them. */
  readonly say: (text: string) => void;
  /** Whether only programs read this. */
  readonly isJson: boolean;
  readonly screen: Screen;
}

/** Standard output stays free for the ready line. */
export function openVoice(format: LogFormat): Voice {
  // The server outlives whatever reads its log.
  process.stderr.on('error', () => {});
  const screen = new Screen((text) => process.stderr.write(text));
  const log = createLog(format, screen.print, { colour: hasColours(process.stderr) });
  const note = (text: string) => log({ area: 'shim', event: 'note', fields: { text } });
  const isJson = format === 'json';
  return { log, say: isJson ? note : (text) => screen.print(`${text}\n`), isJson, screen };
}
