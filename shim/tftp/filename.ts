// The file names that firmware asks for: pure.

const MAX_LENGTH = 255;

/**
 * A request's file name as a relative path with forward slashes, or null if it cannot name a file
 * below the root. TFTP has no percent-encoding.
 *
 * Seen in the field: leading slashes, backslashes (Windows boot loaders), the whole URL
 * `tftp://server/file` (UEFI), and bytes of the DHCP packet that the name came from (old PXE ROMs).
 */
export function relativePath(filename: string): string | null {
  const slashed = withoutDhcpBytes(filename)
    .replaceAll('\\', '/')
    .replace(/^tftp:\/\/[^/]*\//i, '');
  const steps = slashed.split('/').filter((step) => step !== '' && step !== '.');
  const path = steps.join('/');
  const unfit = path === '' || path.length > MAX_LENGTH || /[\u0000-\u001f\u007f]/.test(path);
  return unfit || steps.includes('..') ? null : path;
}

/**
 * Such a ROM reads the boot file's option up to a NUL: on into the end mark (0xFF), or the next
 * option's code and length, such as 0x61 0x11. The latter may be a letter, so only a name that ends
 * as our programs do can be told from it.
 */
function withoutDhcpBytes(filename: string): string {
  const program = /^(.*?\.(?:kpxe|efi|ipxe)).*[\u0000-\u001f\u007f\ufffd]/s.exec(filename)?.[1];
  return program ?? filename.replace(/\ufffd+$/, '');
}
