// Names in a FAT file system: 8.3, and a long one in entries of its own before that (the same specification).

const ENTRY = 32;
const LONG_NAME = 0x0f;

/** The 8.3 name in its eleven bytes; a long one gets a number that no other in its folder has. */
export function shortName(name: string, index: number): string {
  const [base = '', extension = ''] = name.toUpperCase().split('.');
  const fits = /^[A-Z0-9_-]{1,8}(\.[A-Z0-9_-]{1,3})?$/.test(name);
  const tail = `~${index + 1}`;
  const start = fits ? base : base.slice(0, Math.min(5, 8 - tail.length)) + tail;
  return start.padEnd(8) + extension.slice(0, 3).padEnd(3);
}

const PER_ENTRY = 13;
/** Where the letters of a long name are in an entry. */
const LETTERS = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];

/** The entries before the short one, the last part first; none where the short name is the name. */
export function longEntries(name: string, short: string): Buffer[] {
  const [base = '', extension] = [short.slice(0, 8).trim(), short.slice(8).trim()];
  if (name === (extension === '' ? base : `${base}.${extension}`)) return [];
  const count = Math.ceil(name.length / PER_ENTRY);
  return Array.from({ length: count }, (_, index) => {
    const part = count - 1 - index;
    const bytes = Buffer.alloc(ENTRY);
    bytes.writeUInt8((part + 1) | (index === 0 ? 0x40 : 0), 0);
    bytes.writeUInt8(LONG_NAME, 11);
    bytes.writeUInt8(checksum(short), 13);
    for (const [at, offset] of LETTERS.entries()) {
      const place = part * PER_ENTRY + at;
      const filler = place === name.length ? 0 : 0xffff;
      bytes.writeUInt16LE(place < name.length ? name.charCodeAt(place) : filler, offset);
    }
    return bytes;
  });
}

/** Ties long entries to their short one. */
function checksum(short: string): number {
  return [...Buffer.from(short, 'latin1')].reduce(
    (sum, byte) => (((sum & 1) << 7) + (sum >> 1) + byte) & 0xff,
    0,
  );
}
