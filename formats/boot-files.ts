// Kernels and initrds, recognized as boot loaders and the kernel do.
import type { Arch } from '../contract/inventory.ts';
import { hasMark, type Kind, kindOf, latin1 } from './kind.ts';
import { unpackedHead } from './packed.ts';

/** What a kernel runs on: an architecture of nodes.yaml, or a description of another. */
export type KernelMachine = Arch | '32-bit x86' | 'another machine';

/** The first x86 boot protocol whose header marks 64-bit kernels (Documentation/arch/x86/boot.rst). */
const TELLS_64_BIT = 0x020c;
const XLF_KERNEL_64 = 1;
const PE_MACHINES: ReadonlyMap<number, KernelMachine> = new Map([
  [0x8664, 'amd64'],
  [0xaa64, 'arm64'],
  [0x14c, '32-bit x86'],
]);

/**
 * Null unless it is a bootable kernel: a bzImage, an arm64 Image (plain or gzipped), or an EFI program
 * from the Linux build.
 * @param head the first bytes, up to HEAD_BYTES
 */
export function kernelMachine(head: Uint8Array): KernelMachine | null {
  const view = Buffer.from(head.buffer, head.byteOffset, head.length);
  const text = latin1(view);
  if (hasMark(text, [[0x202, 'HdrS']])) return x86Machine(view);
  if (hasMark(text, [[0x38, 'ARMd']])) return 'arm64';
  // The magic of Linux EFI programs; a zboot image has one of its own too.
  const marks = [[0x38, '\xcd\x23\x82\x81'] as const, [4, 'zimg'] as const];
  if (text.startsWith('MZ') && hasMark(text, marks)) return peMachine(view);
  const inner = unpackedHead(view);
  return inner !== null && hasMark(latin1(inner), [[0x38, 'ARMd']]) ? 'arm64' : null;
}

function x86Machine(view: Buffer): KernelMachine {
  if (view.length < 0x238 || view.readUInt16LE(0x206) < TELLS_64_BIT) return 'amd64';
  return (view.readUInt16LE(0x236) & XLF_KERNEL_64) === 0 ? '32-bit x86' : 'amd64';
}

function peMachine(view: Buffer): KernelMachine | null {
  const at = view.length < 0x40 ? view.length : view.readUInt32LE(0x3c);
  if (at + 6 > view.length || view.toString('latin1', at, at + 4) !== 'PE\0\0') return null;
  return PE_MACHINES.get(view.readUInt16LE(at + 4)) ?? 'another machine';
}

/** What the kernel unpacks (Documentation/driver-api/early-userspace, lib/decompress.c). */
const INITRDS: ReadonlySet<Kind> = new Set([
  'a cpio archive',
  'a gzip file',
  'a zstd file',
  'an lz4 file',
  'an xz file',
  'an lzma file',
  'a bzip2 file',
  'an lzo file',
]);

/** Null for an initrd; otherwise what the file looks like. */
export function whyNoInitrd(head: Uint8Array): string | null {
  if (!INITRDS.has(kindOf(head))) return packedKindOf(head);
  const inner = unpackedHead(head);
  return inner === null || kindOf(inner) === 'a cpio archive' ? null : packedKindOf(head);
}

/** What a file looks like, and what is in it if known. */
export function packedKindOf(head: Uint8Array): string {
  const inner = unpackedHead(head);
  return inner === null ? kindOf(head) : `${kindOf(head)} that contains ${kindOf(inner)}`;
}
