// Netascii as RFC 764 defines it for TFTP (RFC 1350 section 1): pure.

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;

/**
 * A local text's bytes as they travel: a line end becomes CR LF, a lone CR becomes CR NUL. Each
 * byte is converted by itself, so a file may be converted piece by piece.
 */
export function toNetascii(local: Uint8Array): Uint8Array {
  let extra = 0;
  for (const byte of local) if (byte === LF || byte === CR) extra += 1;
  const wire = new Uint8Array(local.length + extra);
  let at = 0;
  for (const byte of local) {
    if (byte === LF) wire[at++] = CR;
    wire[at++] = byte;
    if (byte === CR) wire[at++] = NUL;
  }
  return wire;
}
