// The Ubuntu releases that nodes.yaml can name.
import { UBUNTU_CODENAMES } from '../../../contract/ubuntu-codenames.ts';

interface Release {
  readonly codename: string;
  /** Whether the publisher no longer builds it for everyone. */
  readonly outOfSupport: boolean;
}

const OUT_OF_SUPPORT = ['20.04'];

/** A release by its number; undefined if unknown. */
export function findRelease(version: string): Release | undefined {
  const codename = Object.hasOwn(UBUNTU_CODENAMES, version) && UBUNTU_CODENAMES[version];
  return codename ? { codename, outOfSupport: OUT_OF_SUPPORT.includes(version) } : undefined;
}

/** The note on a release that gets no updates. */
export function outOfSupportNote(version: string, serial: string): string {
  return (
    `Ubuntu ${version} is out of support: build ${serial} is its last or one of its last, and gets no security updates. ` +
    'Keep media/ and media.lock.json: the publisher may take it down.'
  );
}
