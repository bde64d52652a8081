// A machine's local disk, which says on the serial port that it was booted and powers off.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runProgram } from './program.ts';
import type { Scene } from './scene.ts';

export type Firmware = 'bios' | 'uefi';

/** What the disk of each firmware says. */
export const LOCAL_DISK = { bios: 'LOCAL-DISK-BIOS', uefi: 'LOCAL-DISK-UEFI' } as const;

/** Makes a raw disk image and gives its path. */
export function makeLocalDisk(scene: Scene, firmware: Firmware): Promise<string> {
  return firmware === 'bios' ? makeBiosDisk(scene) : makeUefiDisk(scene);
}

async function makeBiosDisk(scene: Scene): Promise<string> {
  const disk = Buffer.alloc(1024 * 1024);
  bootSector(`\r\n${LOCAL_DISK.bios}\r\n`).copy(disk);
  const path = join(scene.scratch, 'bios.img');
  await writeFile(path, disk);
  return path;
}

/** 16-bit code at 0000:7C00 that writes `text` to COM1 and asks APM to power off. */
function bootSector(text: string): Buffer {
  const code = [
    ...[0x31, 0xc0], //             xor ax, ax
    ...[0x8e, 0xd8], //             mov ds, ax
    ...[0xfc], //                   cld
    ...[0xbe, 0x00, 0x7d], //       mov si, 0x7D00
    ...[0xac], //             next: lodsb
    ...[0x84, 0xc0], //             test al, al
    ...[0x74, 0x12], //             jz off
    ...[0x88, 0xc3], //             mov bl, al
    ...[0xba, 0xfd, 0x03], // busy: mov dx, 0x3FD      line status
    ...[0xec], //                   in al, dx
    ...[0xa8, 0x20], //             test al, 0x20      transmitter empty
    ...[0x74, 0xf8], //             jz busy
    ...[0xba, 0xf8, 0x03], //       mov dx, 0x3F8
    ...[0x88, 0xd8], //             mov al, bl
    ...[0xee], //                   out dx, al
    ...[0xeb, 0xe9], //             jmp next
    ...[0xb8, 0x01, 0x53], //  off: mov ax, 0x5301     APM: connect, real mode
    ...[0x31, 0xdb], //             xor bx, bx
    ...[0xcd, 0x15], //             int 0x15
    ...[0xb8, 0x07, 0x53], //       mov ax, 0x5307     APM: set power state
    ...[0xbb, 0x01, 0x00], //       mov bx, 1          all devices
    ...[0xb9, 0x03, 0x00], //       mov cx, 3          off
    ...[0xcd, 0x15], //             int 0x15
    ...[0xf4], //             stop: hlt
    ...[0xeb, 0xfd], //             jmp stop
  ];
  const sector = Buffer.alloc(512);
  Buffer.from(code).copy(sector);
  sector.write(`${text}\0`, 0x100, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** A FAT file system with GRUB at the path that firmware tries on any disk. */
async function makeUefiDisk(scene: Scene): Promise<string> {
  const config = join(scene.scratch, 'grub.cfg');
  const grub = join(scene.scratch, 'bootx64.efi');
  await writeFile(config, `echo\necho ${LOCAL_DISK.uefi}\nhalt\n`);
  await runProgram([
    ...['grub-mkimage', '--format=x86_64-efi', `--output=${grub}`, `--config=${config}`],
    ...['--prefix=/', 'echo', 'halt'],
  ]);
  return makeFatDisk(scene, { 'EFI/BOOT/BOOTX64.EFI': await readFile(grub) });
}

/** Makes a raw disk image with a FAT file system and gives its path. @param files path → content */
export async function makeFatDisk(
  scene: Scene,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<string> {
  const path = join(scene.scratch, 'fat.img');
  const folder = join(scene.scratch, 'fat');
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  await writeFile(path, Buffer.alloc(16 * 1024 * 1024));
  await runProgram(['mformat', '-i', path, '::']);
  const names = (await readdir(folder)).map((name) => join(folder, name));
  await runProgram(['mcopy', '-s', '-i', path, ...names, '::']);
  return path;
}
