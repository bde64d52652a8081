// Colours, only where a person sees them: Node.js knows terminals, NO_COLOR, FORCE_COLOR and TERM.
import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** Styles a text for a stream; as it is where that shows no colours. */
export type Paint = (style: Style, text: string) => string;

/** No colours. */
export const plain: Paint = (_, text) => text;

/** What styles texts for this stream. */
export function paintFor(stream: NodeJS.WriteStream): Paint {
  return (style, text) => styleText(style, text, { stream });
}

/** Whether this stream shows colours. */
export function hasColours(stream: NodeJS.WriteStream): boolean {
  return paintFor(stream)('red', 'x') !== 'x';
}
