// Which iPXE has which feature, from iPXE's history. UEFI boot programs contain their version; BIOS
// ones are compressed and do not, but no BIOS version lacks anything.

/** The day from which iPXE has a feature that our scripts or our advice rely on. */
export const SINCE = {
  /** UEFI: looks for autoexec.ipxe on the file system that it came from (a3f1e8fb6). */
  autoexecByDisk: '2021-01-25',
  /** UEFI: looks for autoexec.ipxe on the TFTP server that it came from (6ba671acd). */
  autoexecByTftp: '2022-01-18',
  /** UEFI: `sanboot --label` (24a855f1f). */
  sanbootLabel: '2024-03-07',
  /** UEFI: looks for autoexec.ipxe beside itself after HTTP boot, too (165995b7e). */
  autoexecByHttp: '2024-04-03',
  /** UEFI: the card of the firmware's lease is open when autoexec.ipxe runs (efe812637). */
  cardOpen: '2026-02-26',
} as const;

/** Days of releases. */
const RELEASES: Readonly<Record<string, string>> = {
  '1.0.0': '2010-02-02',
  '1.20.1': '2020-01-02',
  '1.21.1': '2020-12-31',
};
/** 2.0.0, the newest examined. */
const NEWEST = '2026-03-06';

/** The version in a boot program; null if there is none. */
export function versionOf(program: Uint8Array): string | null {
  const text = Buffer.from(program.buffer, program.byteOffset, program.length).toString('latin1');
  return /\0iPXE\0+(\d+\.\d+\.\d+[\w.+~() -]*)\0/.exec(text)?.[1] ?? null;
}

/** The date of a version; null if unknown. */
export function dayOf(version: string): string | null {
  const [, year, month, day] = /git-?(20\d\d)(\d\d)(\d\d)/.exec(version) ?? [];
  if (year !== undefined) return `${year}-${month}-${day}`;
  if (Number.parseInt(version, 10) >= 2) return NEWEST;
  // Built from a commit after a release: `1.21.1+ (g988d2)`.
  if (/\+ /.test(version)) return null;
  return RELEASES[/^[\d.]+/.exec(version)?.[0] ?? ''] ?? null;
}

const CONSEQUENCES: readonly { readonly since: string; readonly what: string }[] = [
  {
    since: SINCE.autoexecByTftp,
    what: 'it does not look for autoexec.ipxe, so DHCP must distinguish iPXE from firmware (dist/dhcp/, or --proxy-dhcp)',
  },
  {
    since: SINCE.autoexecByHttp,
    what: 'after UEFI HTTP boot it does not look for autoexec.ipxe, so DHCP must distinguish iPXE from firmware there',
  },
  {
    since: SINCE.sanbootLabel,
    what: "it cannot find a node's disk by label, so UEFI firmware may try other boot entries before the disk",
  },
];

/** What an iPXE version lacks on UEFI, one sentence each; null if its age is unknown. */
export function lacksOf(version: string): readonly string[] | null {
  const day = dayOf(version);
  if (day === null) return null;
  const lacks = CONSEQUENCES.filter(({ since }) => day < since).map(({ what }) => what);
  // The first implies the second.
  return day < SINCE.autoexecByTftp ? lacks.filter((_, index) => index !== 1) : lacks;
}

/** The boot programs of a tree by version: version → names. */
export function versionsOf(
  programs: ReadonlyMap<string, Uint8Array>,
): ReadonlyMap<string, readonly string[]> {
  const versions = new Map<string, string[]>();
  for (const [name, program] of programs) {
    const version = versionOf(program);
    if (version !== null) versions.set(version, [...(versions.get(version) ?? []), name]);
  }
  return versions;
}
