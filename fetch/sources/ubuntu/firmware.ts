// Firmware for devices: Ubuntu's linux-firmware, one package of some 500 MB, or (from 26.04 on) the
// packages that it was split into.
import { type Found, located } from './modules.ts';
import { closureOf, type PackageIndex } from './package-index.ts';

const WHOLE = 'linux-firmware';

/** Finds the newest in the index; if there is none, a note is enough, as a machine may need none. */
export function findFirmware(index: PackageIndex, base: string, folder: string): Found {
  if (index.newest(WHOLE) === undefined) {
    return { files: [], notes: [`no ${WHOLE} in ${base}: nodes will do without it`] };
  }
  const { packages } = closureOf([WHOLE], firmwareOnly(index), new Map());
  return { files: packages.map((one) => located(one, base, folder)), notes: [] };
}

/** Follows only dependencies that are firmware: its files need no programs. */
function firmwareOnly(index: PackageIndex): PackageIndex {
  return {
    ...index,
    newest: (name) => (name.startsWith(WHOLE) ? index.newest(name) : undefined),
    providersOf: () => [],
  };
}
