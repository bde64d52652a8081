// The file names that firmware asks for: pure.

const MAX_LENGTH = 255;

/**
 * A request's file name as a relative path with forward slashes, or null if it cannot name a file
 * below the root. TFTP has no percent-encoding.
 *
 * Seen in the field: leading slashes, backslashes (Windows boot loaders), the whole URL
 * `tftp://server/file` (UEFI), and a stray 0xFF, the end mark of the DHCP option that the name
 * came from (old PXE ROMs).
 */
export function relativePath(filename: string): string | null {
  const slashed = filename
    .replace(/\ufffd+$/, '')
    .replaceAll('\\', '/')
    .replace(/^tftp:\/\/[^/]*\//i, '');
  const steps = slashed.split('/').filter((step) => step !== '' && step !== '.');
  const path = steps.join('/');
  const unfit = path === '' || path.length > MAX_LENGTH || /[\u0000-\u001f\u007f]/.test(path);
  return unfit || steps.includes('..') ? null : path;
}
