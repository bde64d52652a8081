// The stick's bytes: a boot sector and iPXE for BIOS in front, a FAT partition with iPXE for UEFI behind.
import { fat16 } from '../../formats/fat16.ts';

/** The programs of iPXE that a stick has. */
export interface StickPrograms {
  /** The sector's code, `boot-sector.bin`. */
  readonly bootSector: Uint8Array;
  /** `ipxe.pxe`, which has drivers for all cards. */
  readonly bios: Uint8Array;
  /** `ipxe.efi` by the names that firmware tries on removable media, such as `BOOTX64.EFI`. */
  readonly efi: ReadonlyMap<string, Uint8Array>;
}

const SECTOR = 512;
const KB = 1024;
/** Where the boot sector's code ends, with how many kB iPXE has. */
const IPXE_KB_AT = 438;
/** The script has this many bytes with its NUL: iPXE's buffer for it, PREFIX_TEMP_CMDLINE_SIZE. */
const SCRIPT_BYTES = 4096;
/** iPXE is loaded to 0x7c00 and needs room behind itself, below what firmware keeps at 0x80000 and above. */
export const MOST_BIOS_BYTES = 0x70000;
const PARTITION = { start: 2048, sectors: 32_768 };
/** Of the disk, as Windows numbers them; ours alone. */
const SIGNATURE = 'HPBP';
/** Not the label of a node's own ESP, which iPXE looks for. */
const LABEL = 'HOMEPBP USB';

/**
 * The image of a stick, for any drive of that size or more.
 * @param script what iPXE runs
 * @throws {Error} when a part is too large for its place
 */
export function stickImage(script: string, { bootSector, bios, efi }: StickPrograms): Buffer {
  if (bios.length > MOST_BIOS_BYTES) throw new Error(`ipxe.pxe has ${bios.length} bytes: too many`);
  const image = Buffer.alloc((PARTITION.start + PARTITION.sectors) * SECTOR);
  image.set(bootSector, 0);
  image.writeUInt16LE(Math.ceil(bios.length / KB), IPXE_KB_AT);
  partitionTable().copy(image, 440);
  biosScript(script).copy(image, SECTOR);
  image.set(bios, SECTOR + SCRIPT_BYTES);
  const files = new Map<string, Uint8Array>();
  for (const [name, program] of efi) files.set(`EFI/BOOT/${name}`, program);
  // iPXE looks in the root (2021 on), beside itself (2024 on), or in both (2026 on).
  for (const folder of ['', 'EFI/BOOT/']) files.set(`${folder}autoexec.ipxe`, Buffer.from(script));
  fat16(files, LABEL, PARTITION).copy(image, PARTITION.start * SECTOR);
  return image;
}

/** How much of a file `isStickImage` needs. */
export const STICK_HEAD = SECTOR;

/** Whether a file begins as our images do. */
export function isStickImage(head: Uint8Array): boolean {
  return Buffer.from(head).subarray(440, 444).toString('latin1') === SIGNATURE;
}

/** The script without its comments, as there is little room. */
function biosScript(script: string): Buffer {
  const [first = '', ...lines] = script.split('\n');
  const kept = [first, ...lines.filter((line) => !line.startsWith('#') && line !== '')];
  const text = `${kept.join('\n')}\n`;
  // iPXE takes these for words of a Linux boot loader, and cuts them out (its runtime.c).
  if (/initrd=|BOOT_IMAGE=/.test(text)) throw new Error("the stick's script has a word for Linux");
  if (text.length >= SCRIPT_BYTES) throw new Error("the stick's script is too long for BIOS");
  return Buffer.from(text, 'latin1');
}

/** A disk signature, one active EFI system partition (UEFI specification, section 5.2.1), the end mark. */
function partitionTable(): Buffer {
  const table = Buffer.alloc(SECTOR - 440);
  table.write(SIGNATURE, 0, 'latin1');
  // Addresses by cylinder cannot reach it; some BIOSes start no stick without an active partition.
  table.set([0x80, 0xfe, 0xff, 0xff, 0xef, 0xfe, 0xff, 0xff], 6);
  table.writeUInt32LE(PARTITION.start, 14);
  table.writeUInt32LE(PARTITION.sectors, 18);
  table.set([0x55, 0xaa], 70);
  return table;
}
