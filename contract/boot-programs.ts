// What firmware loads from the TFTP root, by what it says about itself over DHCP.

/**
 * Option 93: IANA, "Processor Architecture Types" (iana.org/assignments/dhcpv6-parameters); only
 * those that HomePBP knows. Much x64 firmware sends 9.
 */
export const CLIENT_ARCH = {
  bios: 0,
  uefiIa32: 6,
  uefiX64: 7,
  uefiEbc: 9,
  uefiArm64: 11,
  uefiX64Http: 16,
  uefiArm64Http: 19,
} as const;

/** One kind of machine, and the program that it is told to load. */
export interface BootProgram {
  /** Short and unique, in lower case: a tag in DHCP servers' settings. */
  readonly name: string;
  /** For people. */
  readonly kind: string;
  /** Values of option 93. */
  readonly archs: readonly number[];
  /** In the TFTP root. */
  readonly program: 'undionly.kpxe' | 'snponly.efi' | 'snponly-arm64.efi';
  /** Whether the machine takes a URL (UEFI HTTP boot) instead of a file name. */
  readonly byHttp: boolean;
}

export const BOOT_PROGRAMS: readonly BootProgram[] = [
  {
    name: 'bios',
    kind: 'BIOS',
    archs: [CLIENT_ARCH.bios],
    program: 'undionly.kpxe',
    byHttp: false,
  },
  {
    name: 'efi64',
    kind: 'UEFI x64',
    archs: [CLIENT_ARCH.uefiX64, CLIENT_ARCH.uefiEbc],
    program: 'snponly.efi',
    byHttp: false,
  },
  {
    name: 'arm64',
    kind: 'UEFI arm64',
    archs: [CLIENT_ARCH.uefiArm64],
    program: 'snponly-arm64.efi',
    byHttp: false,
  },
  {
    name: 'efi64http',
    kind: 'UEFI x64 HTTP boot',
    archs: [CLIENT_ARCH.uefiX64Http],
    program: 'snponly.efi',
    byHttp: true,
  },
  {
    name: 'arm64http',
    kind: 'UEFI arm64 HTTP boot',
    archs: [CLIENT_ARCH.uefiArm64Http],
    program: 'snponly-arm64.efi',
    byHttp: true,
  },
];

/** Those of a TFTP root that firmware can load over TFTP, each once. @param has whether a file is there */
export function programsIn(has: (program: string) => boolean): readonly BootProgram[] {
  return BOOT_PROGRAMS.filter(({ program, byHttp }) => !byHttp && has(program));
}

/** What iPXE loads next, on any machine. */
export const IPXE_SCRIPT = 'boot.ipxe';
