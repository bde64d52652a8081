// What doctor found, and how that is printed.
import { escaped } from '../../messages/escaped.ts';
import { type Paint, plain } from '../colour.ts';

export interface Finding {
  /** `fault`: it keeps a machine from booting; `note`: worth a look. */
  readonly state: 'ok' | 'note' | 'fault';
  /** One sentence; parts may come from the network. */
  readonly what: string;
  /** How to fix it, if it is not ok. */
  readonly fix?: string;
}

const WORD = { ok: 'ok   ', note: 'note ', fault: 'ERROR' } as const;
const STYLE = { ok: 'green', note: 'yellow', fault: 'red' } as const;

/** All is well. */
export const ok = (what: string): Finding => ({ state: 'ok', what });
/** Worth a look. */
export const note = (what: string, fix: string): Finding => ({ state: 'note', what, fix });
/** It keeps a machine from booting. */
export const fault = (what: string, fix: string): Finding => ({ state: 'fault', what, fix });

/** One or two lines. */
export function findingText({ state, what, fix }: Finding, paint: Paint = plain): string {
  const hint = fix === undefined ? '' : `\n      fix: ${line(fix)}`;
  return `${paint(STYLE[state], WORD[state])} ${line(what)}${hint}\n`;
}

function line(text: string): string {
  return escaped(text.replaceAll(/\s+/g, ' '));
}
