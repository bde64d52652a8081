// The first bytes inside a gzip or zstd file.
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { hasMark, latin1 } from './kind.ts';

/** Compressed bytes to read: enough for the first unpacked ones. */
const MAX_PACKED = 4096;
const MAX_UNPACKED = 8 << 20;

/** Null for other files, and if the first bytes cannot be unpacked. */
export function unpackedHead(head: Uint8Array): Buffer | null {
  const text = latin1(head);
  try {
    if (hasMark(text, [[0, '\x1f\x8b']])) return gunzipHead(head.subarray(0, MAX_PACKED));
    return hasMark(text, [[0, '\x28\xb5\x2f\xfd']]) ? unzstdHead(head) : null;
  } catch {
    return null;
  }
}

/** Truncation is not an error here: we truncate. */
function gunzipHead(head: Uint8Array): Buffer | null {
  const finishFlush = constants.Z_SYNC_FLUSH;
  return orNull(gunzipSync(head, { finishFlush, maxOutputLength: MAX_UNPACKED }));
}

function unzstdHead(head: Uint8Array): Buffer | null {
  const finishFlush = constants.ZSTD_e_flush;
  return orNull(zstdDecompressSync(head, { finishFlush, maxOutputLength: MAX_UNPACKED }));
}

function orNull(bytes: Buffer): Buffer | null {
  return bytes.length === 0 ? null : bytes;
}
