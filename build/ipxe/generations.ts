// What iPXE of which age can do for us: the one table of it, from iPXE's history. Boot programs for UEFI
// say which iPXE they are; those for BIOS are packed and do not, but there no age lacks anything.

/** The day from which on iPXE has something that our scripts or our advice lean on. */
export const SINCE = {
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
/** 2.0.0, the newest that was looked at. */
const NEWEST = '2026-03-06';

/** The version that a boot program says it is, null where it does not say. */
export function versionOf(program: Uint8Array): string | null {
  const text = Buffer.from(program.buffer, program.byteOffset, program.length).toString('latin1');
  return /\0iPXE\0+(\d+\.\d+\.\d+[\w.+~() -]*)\0/.exec(text)?.[1] ?? null;
}

/** The day of a version, null where it cannot be told. */
export function dayOf(version: string): string | null {
  const [, year, month, day] = /git-?(20\d\d)(\d\d)(\d\d)/.exec(version) ?? [];
  if (year !== undefined) return `${year}-${month}-${day}`;
  if (Number.parseInt(version, 10) >= 2) return NEWEST;
  // Built from somewhere behind a release: `1.21.1+ (g988d2)`.
  if (/\+ /.test(version)) return null;
  return RELEASES[/^[\d.]+/.exec(version)?.[0] ?? ''] ?? null;
}

const CONSEQUENCES: readonly { readonly since: string; readonly what: string }[] = [
  {
    since: SINCE.autoexecByTftp,
    what: 'it does not look for autoexec.ipxe, so DHCP must tell iPXE from firmware (dist/dhcp/, or --proxy-dhcp)',
  },
  {
    since: SINCE.autoexecByHttp,
    what: 'after UEFI HTTP boot it does not look for autoexec.ipxe, so there DHCP must tell iPXE from firmware',
  },
  {
    since: SINCE.sanbootLabel,
    what: "it does not find a node's disk by its label, so UEFI firmware may try other ways before the disk",
  },
];

/** What iPXE of a version lacks on UEFI, in a sentence each; null where its age cannot be told. */
export function lacksOf(version: string): readonly string[] | null {
  const day = dayOf(version);
  if (day === null) return null;
  const lacks = CONSEQUENCES.filter(({ since }) => day < since).map(({ what }) => what);
  // Who lacks the first lacks the second for the same reason.
  return day < SINCE.autoexecByTftp ? lacks.filter((_, index) => index !== 1) : lacks;
}

/** The boot programs of a tree by what they say they are: version → names. */
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
