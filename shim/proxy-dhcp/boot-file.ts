// Which file a machine should load, by what it says about itself.
import { BOOT_PROGRAMS, CLIENT_ARCH, IPXE_SCRIPT } from '../../contract/boot-programs.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import type { PxeClient } from '../../dhcp/pxe-client.ts';

export type BootFile =
  | { readonly kind: 'file'; readonly file: string; readonly arch: number | null }
  | { readonly kind: 'none'; readonly reason: string };

const PROGRAMS: ReadonlyMap<number, string> = new Map(
  BOOT_PROGRAMS.flatMap(({ archs, program }) => archs.map((arch) => [arch, program])),
);

/**
 * The file in the TFTP root. `arch` is the client's architecture that it is for; null for a script.
 * HTTP boot loads only EFI programs, so a BIOS client that asks for it gets none.
 * @param has whether the TFTP root has a file
 */
export function bootFileForClient(
  { isIpxe, archs, vendorClass }: PxeClient,
  has: (file: string) => boolean,
): BootFile {
  if (isIpxe && vendorClass === 'PXEClient') {
    return { kind: 'file', file: IPXE_SCRIPT, arch: null };
  }
  let missing: string | null = null;
  for (const arch of archs) {
    const file = PROGRAMS.get(arch);
    const loads = vendorClass === 'PXEClient' || arch !== CLIENT_ARCH.bios;
    if (file === undefined || !loads) continue;
    if (has(file)) return { kind: 'file', file, arch };
    missing ??= file;
  }
  if (missing !== null) return { kind: 'none', reason: missingFile(missing) };
  return { kind: 'none', reason: reasonFor(archs) };
}

function missingFile(file: string): string {
  return `${TFTP_ROOT}/${file} is missing: run ./homepbp fetch, then build`;
}

function reasonFor(archs: readonly number[]): string {
  if (archs.length === 0) return 'it does not send its architecture (option 93)';
  if (archs.includes(CLIENT_ARCH.uefiIa32)) return '32-bit UEFI: Ubuntu has no kernel for it';
  return `no boot program for architecture ${archs.slice(0, 4).join(', ')} (option 93)`;
}
