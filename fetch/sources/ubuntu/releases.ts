// The Ubuntu releases that nodes.yaml can name.

interface Release {
  readonly codename: string;
  /** Whether the publisher no longer builds it for everyone. */
  readonly outOfSupport: boolean;
}

const RELEASES: Readonly<Record<string, Release>> = {
  '20.04': { codename: 'focal', outOfSupport: true },
  '22.04': { codename: 'jammy', outOfSupport: false },
  '24.04': { codename: 'noble', outOfSupport: false },
  '26.04': { codename: 'resolute', outOfSupport: false },
};

/** A release by its number; undefined if unknown. */
export function findRelease(version: string): Release | undefined {
  return Object.hasOwn(RELEASES, version) ? RELEASES[version] : undefined;
}

/** The note on a release that gets no updates. */
export function outOfSupportNote(version: string, serial: string): string {
  return (
    `Ubuntu ${version} is out of support: build ${serial} is its last or one of its last, and gets no security updates. ` +
    'Keep media/ and media.lock.json: the publisher may take it down.'
  );
}
