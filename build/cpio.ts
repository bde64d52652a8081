// The `newc` cpio format that Linux unpacks initramfs layers from
// (Documentation/driver-api/early-userspace/buffer-format.rst), reproducible.
export interface CpioEntry {
  /** Without a leading slash. */
  readonly path: string;
  /** Permission bits, such as 0o755. */
  readonly mode: number;
  readonly content: Uint8Array;
}

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const TRAILER = 'TRAILER!!!';
const BLOCK = 512;

/**
 * An uncompressed, sorted archive, each folder before its contents; all owned by root with mtime 0.
 * Its length is a multiple of 512, as cpio(1) does: the kernel looks for a following archive at
 * multiples of 4 only.
 */
export function packCpio(files: readonly CpioEntry[]): Uint8Array {
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1));
  const records: Uint8Array[] = [];
  let inode = 1;
  const add = (path: string, mode: number, content: Uint8Array) => {
    records.push(record(path, mode, path === TRAILER ? 0 : inode, content));
    inode += 1;
  };
  for (const folder of folders(sorted)) add(folder, S_IFDIR | 0o755, new Uint8Array());
  for (const { path, mode, content } of sorted) add(path, S_IFREG | mode, content);
  add(TRAILER, 0, new Uint8Array());
  return padded(Buffer.concat(records), BLOCK);
}

function folders(files: readonly CpioEntry[]): string[] {
  const all = new Set<string>();
  for (const { path } of files) {
    const steps = path.split('/').slice(0, -1);
    steps.forEach((_, index) => {
      all.add(steps.slice(0, index + 1).join('/'));
    });
  }
  return [...all].sort();
}

/** 110 bytes of ASCII header, the name with its NUL, padding to 4, the content, padding to 4. */
function record(path: string, mode: number, inode: number, content: Uint8Array): Uint8Array {
  const name = Buffer.from(`${path}\0`);
  const fields = [
    inode,
    mode,
    0, // uid
    0, // gid
    1, // nlink
    0, // mtime
    content.length,
    0, // devmajor
    0, // devminor
    0, // rdevmajor
    0, // rdevminor
    name.length,
    0, // check: unused by newc
  ];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return Buffer.concat([padded(Buffer.concat([Buffer.from(header), name])), padded(content)]);
}

function padded(bytes: Uint8Array, size = 4): Uint8Array {
  return Buffer.concat([bytes, new Uint8Array((size - (bytes.length % size)) % size)]);
}
