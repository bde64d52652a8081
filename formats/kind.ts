// What a file looks like by its first bytes, worded for messages.

/** Bytes needed to tell the kind: an ISO image's magic is at 32 KiB. */
export const HEAD_BYTES = 0x8006;

type Mark = readonly [offset: number, text: string];

/** The first match counts: a disk image with a boot sector may be an ISO image too. */
const KINDS = [
  ['an ISO image', [0x8001, 'CD001']],
  ['an x86 Linux kernel', [0x202, 'HdrS']],
  ['an arm64 Linux kernel', [0x38, 'ARMd']],
  ['a Linux kernel for EFI', [0, 'MZ\0\0zimg']],
  ['a squashfs image', [0, 'hsqs']],
  ['a big-endian squashfs image', [0, 'sqsh']],
  ['an EROFS image', [0x400, '\xe2\xe1\xf5\xe0']],
  ['an XFS file system', [0, 'XFSB']],
  ['a qcow2 disk image', [0, 'QFI\xfb']],
  ['an ELF program', [0, '\x7fELF']],
  ['an EFI program', [0, 'MZ']],
  ['a gzip file', [0, '\x1f\x8b']],
  ['a zstd file', [0, '\x28\xb5\x2f\xfd']],
  ['an lz4 file', [0, '\x02\x21\x4c\x18'], [0, '\x04\x22\x4d\x18']],
  ['an xz file', [0, '\xfd7zXZ\0']],
  ['a bzip2 file', [0, 'BZh']],
  ['an lzo file', [0, '\x89LZO']],
  ['an lzma file', [0, '\x5d\0\0']],
  ['a cpio archive', [0, '070701'], [0, '070702']],
  ['a cpio archive that is not newc', [0, '070707'], [0, '\xc7\x71']],
  ['a tar archive', [257, 'ustar']],
  ['a zip archive', [0, 'PK\x03\x04']],
  ['a Debian package', [0, '!<arch>\ndebian']],
  ['an ar archive', [0, '!<arch>\n']],
  ['an RPM package', [0, '\xed\xab\xee\xdb']],
  ['a U-Boot image', [0, '\x27\x05\x19\x56']],
  ['a device tree', [0, '\xd0\x0d\xfe\xed']],
  // Two bytes can match by chance: these come last.
  ['a disk image', [0x200, 'EFI PART'], [0x1fe, '\x55\xaa']],
  ['an ext4 file system', [0x438, '\x53\xef']],
] as const satisfies readonly (readonly [what: string, ...marks: Mark[]])[];

export type Kind =
  | (typeof KINDS)[number][0]
  | 'an HTML page'
  | 'a script'
  | 'a text'
  | 'zeros'
  | 'empty'
  | 'an unknown kind of file';

/** @param head the first bytes of the file, of which at most HEAD_BYTES are examined */
export function kindOf(head: Uint8Array): Kind {
  if (head.length === 0) return 'empty';
  const text = latin1(head);
  const known = KINDS.find(([, ...marks]) => hasMark(text, marks));
  if (known !== undefined) return known[0];
  if (/^\0+$/.test(text)) return 'zeros';
  return isText(head) ? textKind(text) : 'an unknown kind of file';
}

/** Whether one of the marks is at its offset. */
export function hasMark(text: string, marks: readonly Mark[]): boolean {
  return marks.some(([offset, mark]) => text.startsWith(mark, offset));
}

/** The start of a file for comparison with marks: one character per byte. */
export function latin1(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, HEAD_BYTES)).toString('latin1');
}

function textKind(text: string): Kind {
  if (/^\s*<(!doctype html|html|head)/i.test(text)) return 'an HTML page';
  return text.startsWith('#!') ? 'a script' : 'a text';
}

/** UTF-8 without control characters; the last character may be incomplete. */
function isText(head: Uint8Array): boolean {
  const bytes = head.subarray(0, HEAD_BYTES);
  if (bytes.some((byte) => byte < 0x20 && ![0x09, 0x0a, 0x0c, 0x0d].includes(byte))) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
