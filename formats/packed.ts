// The first bytes of what a gzip or zstd file holds.
import { constants, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { hasMark, latin1 } from './kind.ts';

/** Of the packed bytes: enough for the first of the others. */
const MAX_PACKED = 4096;
const MAX_UNPACKED = 8 << 20;

/** Null for what is neither, and where the first bytes do not tell. */
export function unpackedHead(head: Uint8Array): Buffer | null {
  const text = latin1(head);
  try {
    if (hasMark(text, [[0, '\x1f\x8b']])) return gunzipHead(head.subarray(0, MAX_PACKED));
    return hasMark(text, [[0, '\x28\xb5\x2f\xfd']]) ? unzstdHead(head) : null;
  } catch {
    return null;
  }
}

/** A cut file is no fault here: it is cut by us. */
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
