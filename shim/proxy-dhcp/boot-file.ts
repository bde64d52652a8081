// Which file a machine should load, by what it says about itself.
import { CLIENT_ARCH } from '../../dhcp/option-codes.ts';
import type { PxeClient } from '../../dhcp/pxe-client.ts';

export type BootFile =
  | { readonly kind: 'file'; readonly file: string; readonly arch: number | null }
  | { readonly kind: 'none'; readonly reason: string };

/** Files in the TFTP root by option 93. */
const PROGRAMS: ReadonlyMap<number, string> = new Map([
  [CLIENT_ARCH.bios, 'undionly.kpxe'],
  [CLIENT_ARCH.uefiX64, 'snponly.efi'],
  [CLIENT_ARCH.uefiEbc, 'snponly.efi'],
  [CLIENT_ARCH.uefiX64Http, 'snponly.efi'],
  [CLIENT_ARCH.uefiArm64, 'snponly-arm64.efi'],
  [CLIENT_ARCH.uefiArm64Http, 'snponly-arm64.efi'],
]);

/** What iPXE loads, on any machine. */
const IPXE_SCRIPT = 'boot.ipxe';

/**
 * The file in the TFTP root. `arch` is the client's architecture that it is for; null for a script.
 * HTTP boot loads only EFI programs, so a BIOS client that asks for it gets none.
 */
export function bootFileForClient({ isIpxe, archs, vendorClass }: PxeClient): BootFile {
  if (isIpxe && vendorClass === 'PXEClient') {
    return { kind: 'file', file: IPXE_SCRIPT, arch: null };
  }
  for (const arch of archs) {
    const file = PROGRAMS.get(arch);
    const loads = vendorClass === 'PXEClient' || arch !== CLIENT_ARCH.bios;
    if (file !== undefined && loads) return { kind: 'file', file, arch };
  }
  return { kind: 'none', reason: reasonFor(archs) };
}

function reasonFor(archs: readonly number[]): string {
  if (archs.length === 0) return 'it does not send its architecture (option 93)';
  if (archs.includes(CLIENT_ARCH.uefiIa32)) return '32-bit UEFI: Ubuntu has no kernel for it';
  return `no boot program for architecture ${archs.slice(0, 4).join(', ')} (option 93)`;
}
