// Whether a share has room, by what it says about itself.
import type { StatsFs } from 'node:fs';

/**
 * Bytes that we may write; null where the file system does not tell: WebDAV without a quota and some
 * FUSE mounts report a size of nothing, not only nothing free.
 */
export function freeBytes({ blocks, bavail, bsize }: Pick<StatsFs, 'blocks' | 'bavail' | 'bsize'>) {
  return blocks === 0 ? null : bavail * bsize;
}
