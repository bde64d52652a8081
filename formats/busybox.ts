// Whether a file is a busybox for our initramfs layer, which has no dynamic loader.
import type { Arch } from '../contract/inventory.ts';
import { elfFacts } from './elf.ts';
import { kindOf } from './kind.ts';

/** Ubuntu's has 2 MB. */
export const MAX_BUSYBOX = 16 << 20;

/** The problem, worded to follow the file's name; null when it will do. */
export function whyNoBusybox(bytes: Uint8Array, arch: Arch): string | null {
  const facts = elfFacts(bytes);
  if (facts === null) return `is not a 64-bit ELF program but ${kindOf(bytes)}`;
  if (!facts.isProgram) return 'is an ELF file but not a program';
  if (facts.machine !== arch) return `is for ${machineName(facts.machine)}, not for ${arch}`;
  if (facts.interpreter !== null) return `is not static: it needs ${facts.interpreter}`;
  if (!Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes('BusyBox v'))
    return 'is a static program, but not busybox';
  return null;
}

function machineName(machine: Arch | number): string {
  return typeof machine === 'number' ? `another machine (ELF number ${machine})` : machine;
}
