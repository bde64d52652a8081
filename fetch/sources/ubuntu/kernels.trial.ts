// For tests: kernels that hold nothing but what tells their version.

/** A kernel for PCs that holds nothing but its setup header (Documentation/arch/x86/boot.rst). */
export function bzImage(banner: string): Buffer {
  const image = Buffer.alloc(0x1000);
  image.write('HdrS', 0x202);
  image.writeUInt16LE(0x400, 0x20e);
  image.write(`${banner}\0`, 0x600);
  return image;
}

/** A kernel for arm64 that holds nothing but its banner, and the format that it is printed with. */
export function arm64Image(banner: string): Buffer {
  const image = Buffer.alloc(0x4000);
  image.write('ARMd', 0x38);
  image.write('Linux version %s (%s)\0', 0x1000);
  image.write(`Linux version ${banner}\n\0`, 0x2000);
  return image;
}

/** An EFI application that unpacks a kernel (drivers/firmware/efi/libstub/zboot-header.S). */
export function zboot(compression: string, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(0x40);
  header.write('MZ', 0);
  header.write('zimg', 4);
  header.writeUInt32LE(header.length, 0x08);
  header.writeUInt32LE(payload.length, 0x0c);
  header.write(`${compression}\0`, 0x18);
  return Buffer.concat([header, payload]);
}
