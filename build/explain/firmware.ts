// The kinds of firmware, and what each does before our scripts run.
import type { Arch } from '../../contract/inventory.ts';

export interface Firmware {
  readonly name: string;
  readonly arch: Arch;
  /** Option 93 of its DHCP request (IANA's processor architecture types). */
  readonly clientArch: number;
  /** iPXE's `${platform}`. */
  readonly platform: 'pcbios' | 'efi';
  readonly loadsBy: 'TFTP' | 'HTTP';
}

const FIRMWARES: readonly Firmware[] = [
  { name: 'BIOS', arch: 'amd64', clientArch: 0, platform: 'pcbios', loadsBy: 'TFTP' },
  { name: 'UEFI x64', arch: 'amd64', clientArch: 7, platform: 'efi', loadsBy: 'TFTP' },
  { name: 'UEFI x64 HTTP boot', arch: 'amd64', clientArch: 16, platform: 'efi', loadsBy: 'HTTP' },
  { name: 'UEFI arm64', arch: 'arm64', clientArch: 11, platform: 'efi', loadsBy: 'TFTP' },
  { name: 'UEFI arm64 HTTP boot', arch: 'arm64', clientArch: 19, platform: 'efi', loadsBy: 'HTTP' },
];

/** The firmware kinds of an architecture. */
export function firmwaresOf(arch: Arch): readonly Firmware[] {
  return FIRMWARES.filter((firmware) => firmware.arch === arch);
}
