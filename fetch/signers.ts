// The publishers whose signatures are checked, by the full fingerprints of their keys.
import { join } from 'node:path';
import { type KnownSigners, loadSigners, type Signers } from './signatures.ts';

const KEYRINGS = join(import.meta.dirname, 'keyrings');

/** Signs InRelease of every pocket, ports included. The 2012 key signs beside the 2018 one on 20.04. */
const ARCHIVE = [
  'F6ECB3762474EDA9D21B7022871920D1991BC93C',
  '790BC7277767219C42C86F933B4FE6ACC0B21F32',
];
/** UEC Image Automatic Signing Key, and Ubuntu Cloud Image Builder. */
const IMAGES = [
  'D2EB44626FDDC30B513D5BB71A5D6C4C7DB87C81',
  '4A3CE3CD565D7EB5C810E2B97FF3F408476CF100',
];

export interface Publishers<T extends KnownSigners = Signers> {
  /** Who signs the Ubuntu archive's indexes. */
  readonly archive: T;
  /** Who signs the streams of boot images. */
  readonly images: T;
}

/** Without the keys that a project trusts besides. */
export type KnownPublishers = Publishers<KnownSigners>;

/**
 * Ubuntu's own keys, from the keyrings beside this file.
 * @throws {UserError} if those are damaged
 */
export async function ubuntuSigners(): Promise<KnownPublishers> {
  return {
    archive: await loadSigners(
      'the Ubuntu archive',
      join(KEYRINGS, 'ubuntu-archive-keyring.gpg'),
      ARCHIVE,
    ),
    images: await loadSigners(
      "Ubuntu's image builders",
      join(KEYRINGS, 'ubuntu-cloudimage-keyring.gpg'),
      IMAGES,
    ),
  };
}
