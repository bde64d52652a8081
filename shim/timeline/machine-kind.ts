// What kind of machine a sighting shows.
import { CLIENT_ARCH } from '../../contract/boot-programs.ts';
import type { Arch } from '../../contract/inventory.ts';
import { TFTP_ROOT } from '../../contract/paths.ts';
import type { Sighting } from './sighting.ts';

export interface Kind {
  readonly arch: Arch | null;
  readonly firmware: 'bios' | 'uefi' | null;
}

/** By what the firmware says about itself, or by the program that it loads; null if neither tells. */
export function kindShownBy(sighting: Sighting): Kind | null {
  if (sighting.kind === 'file') return kindByProgram(sighting.path);
  // iPXE reports what it was built for, which is not always the machine's firmware.
  return sighting.kind === 'dhcp' && !sighting.isIpxe ? kindByArch(sighting.archs) : null;
}

const KINDS: ReadonlyMap<number, Kind> = new Map([
  [CLIENT_ARCH.bios, { arch: 'amd64', firmware: 'bios' }],
  [CLIENT_ARCH.uefiX64, { arch: 'amd64', firmware: 'uefi' }],
  [CLIENT_ARCH.uefiEbc, { arch: 'amd64', firmware: 'uefi' }],
  [CLIENT_ARCH.uefiX64Http, { arch: 'amd64', firmware: 'uefi' }],
  [CLIENT_ARCH.uefiArm64, { arch: 'arm64', firmware: 'uefi' }],
  [CLIENT_ARCH.uefiArm64Http, { arch: 'arm64', firmware: 'uefi' }],
]);

function kindByArch(archs: readonly number[]): Kind | null {
  const known = archs.find((arch) => KINDS.has(arch));
  return known === undefined ? null : (KINDS.get(known) ?? null);
}

const PROGRAMS: readonly (readonly [RegExp, Kind])[] = [
  [new RegExp(`^${TFTP_ROOT}/.*arm64\\.efi$`), { arch: 'arm64', firmware: 'uefi' }],
  [new RegExp(`^${TFTP_ROOT}/.*\\.efi$`), { arch: 'amd64', firmware: 'uefi' }],
  [new RegExp(`^${TFTP_ROOT}/.*pxe$`), { arch: 'amd64', firmware: 'bios' }],
];

function kindByProgram(path: string): Kind | null {
  if (path.endsWith('.ipxe')) return null;
  return PROGRAMS.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}
