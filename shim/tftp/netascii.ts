// Netascii as RFC 764 defines it for TFTP (RFC 1350 section 1): pure.

const LF = 0x0a;
const CR = 0x0d;
const NUL = 0x00;

/**
 * Local text as netascii: LF becomes CR LF, CR becomes CR NUL. Each byte is converted on its own, so a
 * file can be converted piece by piece.
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
