// The version of a Linux kernel, from the kernel itself.
import { gunzipSync, zstdDecompressSync } from 'node:zlib';

export interface KernelVersion {
  /** As `uname -r` and /lib/modules have it: `5.4.0-216-generic`. */
  readonly release: string;
  /** Of its packages: `5.4.0-216.236`; null for kernels that are not Ubuntu's. */
  readonly packageVersion: string | null;
}

/** Larger than any kernel; bounds what a small file can unpack to. */
const MAX_UNPACKED = 512 << 20;

/** Reads the version from a bzImage, or from an arm64 Image, plain, gzipped or as EFI zboot; null if there is none. */
export function kernelVersion(kernel: Uint8Array): KernelVersion | null {
  const image = Buffer.from(kernel.buffer, kernel.byteOffset, kernel.byteLength);
  const banner = isBzImage(image) ? bzImageBanner(image) : plainBanner(unpacked(image));
  return banner === null ? null : parseBanner(banner);
}

/*
 * Setup header of a bzImage (Documentation/arch/x86/boot.rst, 'The Real-Mode Kernel Header'):
 *   0x202  'HdrS'
 *   0x20e  kernel_version, u16: offset of a NUL-terminated text, minus 0x200
 */
function isBzImage(image: Buffer): boolean {
  return image.length > 0x210 && image.toString('latin1', 0x202, 0x206) === 'HdrS';
}

function bzImageBanner(image: Buffer): string | null {
  const pointer = image.readUInt16LE(0x20e);
  return pointer === 0 ? null : textAt(image, pointer + 0x200);
}

/** `Linux version 5.4.0-216-generic (buildd@…) (gcc …) #236-Ubuntu SMP …`, somewhere in its data. */
function plainBanner(image: Buffer): string | null {
  const mark = 'Linux version ';
  for (let at = image.indexOf(mark); at >= 0; at = image.indexOf(mark, at + 1)) {
    const text = textAt(image, at + mark.length);
    // A format string contains the same words.
    if (/^\d/.test(text)) return text;
  }
  return null;
}

function textAt(image: Buffer, start: number): string {
  const end = image.indexOf(0, start);
  return image.toString('latin1', start, Math.min(end < 0 ? image.length : end, start + 512));
}

/*
 * EFI zboot (drivers/firmware/efi/libstub/zboot-header.S):
 *   0x00  'MZ'      0x04  'zimg'      0x08  payload offset, u32      0x0c  payload size, u32
 *   0x18  name of the compression, NUL-terminated
 */
function unpacked(image: Buffer): Buffer {
  if (image.length < 0x20 || image.toString('latin1', 4, 8) !== 'zimg') return decompressed(image);
  const offset = image.readUInt32LE(0x08);
  return decompressed(image.subarray(offset, offset + image.readUInt32LE(0x0c)));
}

function decompressed(data: Buffer): Buffer {
  const options = { maxOutputLength: MAX_UNPACKED };
  try {
    if (data.readUInt16BE(0) === 0x1f8b) return gunzipSync(data, options);
    if (data.readUInt32LE(0) === 0xfd2fb528) return zstdDecompressSync(data, options);
  } catch {
    return Buffer.alloc(0);
  }
  return data;
}

/** `5.15.0-139-generic (…) #149~20.04.1-Ubuntu SMP …`: upload 149~20.04.1 of the ABI 5.15.0-139. */
function parseBanner(banner: string): KernelVersion | null {
  const release = /^\d[\w.+~-]*/.exec(banner)?.[0];
  if (release === undefined) return null;
  const [, abi] = /^(\d+\.\d+\.\d+-\d+)-/.exec(release) ?? [];
  const [, upload] = /\s#(\d[\w.+~]*)-Ubuntu\b/.exec(banner) ?? [];
  const known = abi !== undefined && upload !== undefined;
  return { release, packageVersion: known ? `${abi}.${upload}` : null };
}
