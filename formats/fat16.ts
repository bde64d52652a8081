// A FAT16 file system, written once and never changed (Microsoft's FAT specification of 2000): what UEFI
// firmware reads on removable media, with long names beside the short ones.

import { longEntries, shortName } from './fat-names.ts';

/** Where its partition begins and how large it is, in sectors of 512 bytes. */
export interface FatPlace {
  readonly start: number;
  readonly sectors: number;
}

const SECTOR = 512;
const SECTORS_PER_CLUSTER = 4;
const CLUSTER = SECTOR * SECTORS_PER_CLUSTER;
const COPIES = 2;
const ROOT_ENTRIES = 512;
const ENTRY = 32;
/** Fewer clusters are FAT12, more are FAT32: readers decide by the count alone. */
const CLUSTERS = { least: 4085, most: 65_524 };

const MEDIA = 0xf8;
const LABEL_ATTRIBUTE = 0x08;
const FOLDER_ATTRIBUTE = 0x10;
const FILE_ATTRIBUTE = 0x20;
/** 1 January 1980, so that equal files give equal bytes. */
const DATE = 0x21;

type Node = Uint8Array | Folder;
interface Folder extends Map<string, Node> {}

/**
 * The sectors of a file system.
 * @param files path with slashes → content; ASCII names
 * @param label up to 11 upper-case letters
 * @throws {Error} when the files do not fit, or the place is of no size for FAT16
 */
export function fat16(
  files: ReadonlyMap<string, Uint8Array>,
  label: string,
  place: FatPlace,
): Buffer {
  const writer = new Writer(label, place);
  writer.writeRoot(treeOf(files));
  return writer.finish();
}

function treeOf(files: ReadonlyMap<string, Uint8Array>): Folder {
  const root: Folder = new Map();
  for (const [path, content] of files) {
    const names = path.split('/');
    const name = names.pop() ?? '';
    let folder = root;
    for (const one of names) {
      const inner = folder.get(one) ?? new Map<string, Node>();
      if (!(inner instanceof Map)) throw new Error(`${one} is a file and a folder`);
      folder.set(one, inner);
      folder = inner;
    }
    folder.set(name, content);
  }
  return root;
}

class Writer {
  readonly label: string;
  readonly place: FatPlace;
  readonly bytes: Buffer;
  readonly fatSectors: number;
  readonly clusters: number;
  /** The first free cluster; 0 and 1 are not clusters. */
  next = 2;

  constructor(label: string, place: FatPlace) {
    this.label = label.padEnd(11);
    this.place = place;
    this.bytes = Buffer.alloc(place.sectors * SECTOR);
    const rest = place.sectors - 1 - (ROOT_ENTRIES * ENTRY) / SECTOR;
    this.fatSectors = Math.ceil((rest / SECTORS_PER_CLUSTER + 2) / (SECTOR / 2));
    this.clusters = Math.floor((rest - COPIES * this.fatSectors) / SECTORS_PER_CLUSTER);
    if (this.clusters < CLUSTERS.least || this.clusters > CLUSTERS.most)
      throw new Error(`${place.sectors} sectors are no FAT16`);
    this.link(0, 0xff00 | MEDIA);
    this.link(1, 0xffff);
  }

  get rootAt(): number {
    return (1 + COPIES * this.fatSectors) * SECTOR;
  }

  /** Where a cluster is, in bytes. */
  at(cluster: number): number {
    return this.rootAt + ROOT_ENTRIES * ENTRY + (cluster - 2) * CLUSTER;
  }

  link(cluster: number, value: number): void {
    for (let copy = 0; copy < COPIES; copy++)
      this.bytes.writeUInt16LE(value, (1 + copy * this.fatSectors) * SECTOR + cluster * 2);
  }

  /** Takes clusters for that many bytes, one chain in a row. @returns the first; 0 for none */
  take(length: number): number {
    const count = Math.ceil(length / CLUSTER);
    if (count === 0) return 0;
    const first = this.next;
    this.next += count;
    if (this.next > this.clusters + 2) throw new Error('the files do not fit into the file system');
    for (let one = first; one < this.next - 1; one++) this.link(one, one + 1);
    this.link(this.next - 1, 0xffff);
    return first;
  }

  writeRoot(folder: Folder): void {
    const label = entry(this.label, LABEL_ATTRIBUTE, 0, 0);
    const entries = Buffer.concat([label, ...this.writeNodes(folder, 0)]);
    if (entries.length > ROOT_ENTRIES * ENTRY) throw new Error('too many files in the root');
    entries.copy(this.bytes, this.rootAt);
  }

  /** Writes what a folder holds. @returns its directory entries @param parent its first cluster */
  writeNodes(folder: Folder, parent: number): Buffer[] {
    return [...folder].map(([name, node], index) => {
      const short = shortName(name, index);
      const isFile = !(node instanceof Map);
      const cluster = isFile ? this.writeFile(node) : this.writeFolder(node, parent);
      const attribute = isFile ? FILE_ATTRIBUTE : FOLDER_ATTRIBUTE;
      const own = entry(short, attribute, cluster, isFile ? node.length : 0);
      return Buffer.concat([...longEntries(name, short), own]);
    });
  }

  writeFile(content: Uint8Array): number {
    const cluster = this.take(content.length);
    if (cluster !== 0) this.bytes.set(content, this.at(cluster));
    return cluster;
  }

  /** @param parent the cluster of the folder that it is in; 0 for the root */
  writeFolder(folder: Folder, parent: number): number {
    // Before its files, so that their entries can name it.
    const cluster = this.take(sizeOf(folder));
    const dots = [
      entry('.'.padEnd(11), FOLDER_ATTRIBUTE, cluster, 0),
      entry('..'.padEnd(11), FOLDER_ATTRIBUTE, parent, 0),
    ];
    Buffer.concat([...dots, ...this.writeNodes(folder, cluster)]).copy(
      this.bytes,
      this.at(cluster),
    );
    return cluster;
  }

  finish(): Buffer {
    const boot = this.bytes;
    Buffer.from([0xeb, 0x3c, 0x90]).copy(boot, 0);
    boot.write('MSWIN4.1', 3, 'latin1');
    boot.writeUInt16LE(SECTOR, 11);
    boot.writeUInt8(SECTORS_PER_CLUSTER, 13);
    boot.writeUInt16LE(1, 14);
    boot.writeUInt8(COPIES, 16);
    boot.writeUInt16LE(ROOT_ENTRIES, 17);
    boot.writeUInt16LE(this.place.sectors < 65_536 ? this.place.sectors : 0, 19);
    boot.writeUInt8(MEDIA, 21);
    boot.writeUInt16LE(this.fatSectors, 22);
    boot.writeUInt16LE(63, 24);
    boot.writeUInt16LE(255, 26);
    boot.writeUInt32LE(this.place.start, 28);
    boot.writeUInt32LE(this.place.sectors < 65_536 ? 0 : this.place.sectors, 32);
    boot.writeUInt8(0x80, 36);
    boot.writeUInt8(0x29, 38);
    boot.write('HPBP', 39, 'latin1');
    boot.write(this.label, 43, 'latin1');
    boot.write('FAT16   ', 54, 'latin1');
    boot.writeUInt16LE(0xaa55, 510);
    return boot;
  }
}

/** The bytes of a folder's entries, its two dots included. */
function sizeOf(folder: Folder): number {
  const names = [...folder.keys()].map((name, index) => {
    return 1 + longEntries(name, shortName(name, index)).length;
  });
  return ENTRY * names.reduce((sum, count) => sum + count, 2);
}

function entry(name: string, attribute: number, cluster: number, size: number): Buffer {
  const bytes = Buffer.alloc(ENTRY);
  bytes.write(name, 0, 11, 'latin1');
  bytes.writeUInt8(attribute, 11);
  bytes.writeUInt16LE(DATE, 16);
  bytes.writeUInt16LE(DATE, 18);
  bytes.writeUInt16LE(DATE, 24);
  bytes.writeUInt16LE(cluster, 26);
  bytes.writeUInt32LE(size, 28);
  return bytes;
}
