// Option lists: code, length, value (RFC 2132 section 2), in a packet or encapsulated in option 43.
import { OPTION } from './option-codes.ts';

/** Values by code, in the order sent or received. */
export type Options = ReadonlyMap<number, Uint8Array>;

/** The maximum of a length byte; longer values take several options (RFC 3396). */
const MAX_PIECE = 255;

/** The length of what `encodeOptions` returns. */
export function optionsLength(options: Options): number {
  let length = 1; // END
  for (const [code, { length: size }] of options) length += size + 2 * pieces(size) + pads(code);
  return length;
}

/**
 * The options and END.
 * @throws {RangeError} when a code is not 1 to 254
 */
export function encodeOptions(options: Options): Uint8Array {
  const bytes = new Uint8Array(optionsLength(options));
  let at = 0;
  for (const [code, value] of options) {
    if (!Number.isInteger(code) || code <= OPTION.pad || code >= OPTION.end) {
      throw new RangeError(`${code} is not a valid option code`);
    }
    for (let piece = 0; piece < pieces(value.length); piece += 1) {
      const part = value.subarray(piece * MAX_PIECE, (piece + 1) * MAX_PIECE);
      bytes.set([code, part.length], at);
      bytes.set(part, at + 2);
      at += 2 + part.length;
    }
    at += pads(code);
  }
  bytes[at] = OPTION.end;
  return bytes;
}

/**
 * PADs after an option. Firmware reads the boot file's name up to a NUL, or writes one behind it
 * (EDK II's HTTP boot): without a PAD that is the next option's code, or END.
 */
function pads(code: number): number {
  return code === OPTION.bootFile ? 1 : 0;
}

/** An empty value still takes one option. */
function pieces(size: number): number {
  return Math.max(1, Math.ceil(size / MAX_PIECE));
}

/** The parts of each value, in the order received. */
export type OptionParts = Map<number, Uint8Array[]>;

/**
 * Adds a field's options to `parts`; PAD is skipped, and END may be missing.
 * @returns what is wrong with the field, or null
 */
export function gatherOptions(field: Uint8Array, parts: OptionParts): string | null {
  for (let at = 0; at < field.length; ) {
    const code = field[at] ?? OPTION.end;
    if (code === OPTION.end) break;
    if (code === OPTION.pad) {
      at += 1;
      continue;
    }
    const length = field[at + 1];
    if (length === undefined) return `option ${code} has no length`;
    const end = at + 2 + length;
    if (end > field.length) return `option ${code} runs past the end`;
    const value = field.subarray(at + 2, end);
    const before = parts.get(code);
    if (before === undefined) parts.set(code, [value]);
    else before.push(value);
    at = end;
  }
  return null;
}

/** Joins the parts: a repeated option continues its value (RFC 3396 section 7). */
export function joinParts(parts: OptionParts): Options {
  return new Map(
    [...parts].map(([code, values]) => {
      const [first = new Uint8Array(), ...more] = values;
      return [code, more.length === 0 ? first : new Uint8Array(Buffer.concat(values))];
    }),
  );
}

/** Decodes an encapsulated list, such as option 43's value; null when it is malformed. */
export function decodeOptions(field: Uint8Array): Options | null {
  const parts: OptionParts = new Map();
  return gatherOptions(field, parts) === null ? joinParts(parts) : null;
}
