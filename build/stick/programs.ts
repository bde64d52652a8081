// The programs of a boot stick, as found in media/ or the distribution.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../messages/user-error.ts';
import { mediaUnreadable } from '../build-errors.ts';
import { dayOf, SINCE, versionOf } from '../ipxe/generations.ts';
import { MOST_BIOS_BYTES, type StickPrograms } from './image.ts';

const BOOT_SECTOR = join(import.meta.dirname, 'boot-sector.bin');
const BIOS = 'ipxe.pxe';
const X64 = 'ipxe.efi';
/** Not every distribution has it. */
const ARM64 = 'ipxe-arm64.efi';

export interface Stick extends StickPrograms {
  /** Of iPXE; null if it does not say. */
  readonly version: string | null;
  /** Whether 64-bit ARM machines start from it too. */
  readonly hasArm64: boolean;
}

/**
 * Reads the first of each program in these folders.
 * @throws {UserError} when one is missing, or of no use for a stick
 */
export function readStickPrograms(folders: readonly string[]): Stick {
  const [bios, x64, arm64] = [BIOS, X64, ARM64].map((name) => read(folders, name));
  if (bios === undefined || x64 === undefined) {
    const missing = [...(bios === undefined ? [BIOS] : []), ...(x64 === undefined ? [X64] : [])];
    throw new UserError(
      `usb: iPXE's ${missing.join(' and ')} not found in ${folders.join(' or ')}\n` +
        '  hint: run ./homepbp fetch --update ipxe',
    );
  }
  const version = versionOf(x64);
  checkAge(version);
  if (bios.length > MOST_BIOS_BYTES) {
    throw new UserError(
      `usb: ${BIOS} has ${bios.length} bytes; at most ${MOST_BIOS_BYTES} fit into a BIOS' memory\n` +
        '  hint: use the release, with ./homepbp fetch --update ipxe',
    );
  }
  const efi = new Map([['BOOTX64.EFI', x64]]);
  if (arm64 !== undefined) efi.set('BOOTAA64.EFI', arm64);
  const bootSector = readFileSync(BOOT_SECTOR);
  return { bootSector, bios, efi, version, hasArm64: arm64 !== undefined };
}

/** One that knows nothing of the script beside it would ask DHCP for another. */
function checkAge(version: string | null): void {
  const day = version === null ? null : dayOf(version);
  if (day === null || day >= SINCE.autoexecByDisk) return;
  throw new UserError(
    `usb: iPXE ${version} is too old: on UEFI it does not run the script on the stick\n` +
      '  hint: run ./homepbp fetch for a newer one',
  );
}

function read(folders: readonly string[], name: string): Uint8Array | undefined {
  const path = folders.map((folder) => join(folder, name)).find((one) => existsSync(one));
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (cause) {
    throw mediaUnreadable(path, cause);
  }
}
