// The only way for events to reach the terminal. Names and messages come from the network: control
// characters, bidi marks and line breaks are always escaped here.

import { styleText } from 'node:util';
import { escaped } from '../messages/escaped.ts';

export type LogValue = string | number | boolean;

export interface LogEvent {
  readonly area: 'shim' | 'http' | 'tftp' | 'dhcp' | 'guard' | 'node';
  /** The name of the node that it is about, if known. */
  readonly node?: string;
  /** What happened, in one or two words. */
  readonly event: string;
  /** Details, in print order; undefined ones are omitted. */
  readonly fields?: Readonly<Record<string, LogValue | undefined>>;
}

export type Log = (event: LogEvent) => void;

export const LOG_FORMATS = ['text', 'json'] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** Longer values are truncated: one request must not fill a screen. */
const MAX_VALUE_LENGTH = 500;

export interface LogOptions {
  /** The timestamp of a line; default: now. */
  readonly now?: () => Date;
  /** Whether text lines are coloured, for a terminal; default: no. */
  readonly colour?: boolean;
}

/**
 * Creates the log.
 * @param write takes one whole line with its line feed; must not throw
 */
export function createLog(
  format: LogFormat,
  write: (line: string) => void,
  { now = () => new Date(), colour = false }: LogOptions = {},
): Log {
  const paint = colour ? painted : plain;
  const line = format === 'json' ? jsonLine : textLine;
  return (event) => write(`${line(event, now(), paint)}\n`);
}

/**
 * `10:48:05 k8s-node01 http sent path=/boot.ipxe status=200`, in local time; without the name if it
 * is unknown.
 */
function textLine({ area, node, event, fields }: LogEvent, time: Date, paint: Paint): string {
  const pairs = present(fields).map(([name, value]) =>
    name === 'error' || name === 'reason'
      ? `${name}=${paint('fault', textValue(value))}`
      : `${paint('dim', `${name}=`)}${textValue(value)}`,
  );
  return [
    paint('dim', time.toTimeString().slice(0, 8)),
    ...(node === undefined ? [] : [paint('node', textValue(node))]),
    area,
    paint(TROUBLE.includes(event) ? 'fault' : 'event', event),
    ...pairs,
  ].join(' ');
}

/** Events that should stand out. */
const TROUBLE = [
  'refused',
  'cut',
  'failed',
  'timeout',
  'stuck',
  'SECOND FOUNDER',
  'ANOTHER KEY',
  'not enrolled',
];

const STYLES = { dim: 'dim', node: 'cyan', event: 'bold', fault: 'red' } as const;
type Paint = (style: keyof typeof STYLES, text: string) => string;
const plain: Paint = (_, text) => text;
const painted: Paint = (style, text) => styleText(STYLES[style], text, { validateStream: false });

function jsonLine({ area, node, event, fields }: LogEvent, time: Date): string {
  const entries = Object.fromEntries(present(fields));
  return quoted({ time: time.toISOString(), area, event, ...(node && { node }), ...entries });
}

function present(fields: LogEvent['fields'] = {}): [string, LogValue][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, shortened(value)]],
  );
}

function shortened(value: LogValue): LogValue {
  if (typeof value !== 'string' || value.length <= MAX_VALUE_LENGTH) return value;
  return `${value.slice(0, MAX_VALUE_LENGTH)}…`;
}

/** Bare where that is unambiguous, so that quoted values can be parsed back. */
function textValue(value: LogValue): string {
  if (typeof value !== 'string' || /^[\w.,:/+@%[\]-]+$/.test(value)) return String(value);
  return quoted(value);
}

/** JSON whose strings have no character that affects how a terminal shows the rest. */
function quoted(value: unknown): string {
  return escaped(JSON.stringify(value));
}
