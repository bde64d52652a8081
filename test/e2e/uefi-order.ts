// A UEFI machine whose owner has set the boot order: network by PXE over IPv4, then the disk. Without
// this, OVMF tries all ways of its card first, HTTP and IPv6 too, which takes it minutes.
import { open } from 'node:fs/promises';

/** Where QEMU puts card and disk: their slots on the root bridge. */
export const SLOTS = { nic: 0x10, disk: 0x11 } as const;

/** EFI_GLOBAL_VARIABLE of the UEFI specification, section 3.3, as it is in memory. */
const GLOBAL = Buffer.from('61dfe48bca93d211aa0d00e098032b8c', 'hex');
/** Non-volatile, for boot services, for the running system. */
const ATTRIBUTES = 7;
/** The firmware volume's header and the variable store's, in an OVMF_VARS_4M.fd. */
const FIRST_VARIABLE = 0x48 + 28;

/** Writes the order into a copy of OVMF's empty variables; `mac` with colons. */
export async function setBootOrder(file: string, mac: string): Promise<void> {
  const options = [
    loadOption('PXE', [...pci(SLOTS.nic), macNode(mac), IPV4]),
    loadOption('disk', pci(SLOTS.disk)),
  ];
  const variables = [
    ...options.map((data, index) => variable(`Boot000${index}`, data)),
    variable('BootOrder', Buffer.from([0, 0, 1, 0])),
  ];
  const vars = await open(file, 'r+');
  const { buffer } = await vars.read(Buffer.alloc(60), 0, 60, FIRST_VARIABLE);
  if (buffer.some((byte) => byte !== 0xff)) throw new Error(`${file} has variables already`);
  const bytes = Buffer.concat(variables);
  await vars.write(bytes, 0, bytes.length, FIRST_VARIABLE);
  await vars.close();
}

/** AUTHENTICATED_VARIABLE_HEADER of EDK II, name and data, aligned to four bytes. */
function variable(name: string, data: Buffer): Buffer {
  const header = Buffer.alloc(60);
  const text = Buffer.from(`${name}\0`, 'utf16le');
  header.writeUInt16LE(0x55aa, 0);
  header.writeUInt8(0x3f, 2); // VAR_ADDED
  header.writeUInt32LE(ATTRIBUTES, 4);
  header.writeUInt32LE(text.length, 36);
  header.writeUInt32LE(data.length, 40);
  GLOBAL.copy(header, 44);
  const whole = Buffer.concat([header, text, data]);
  return Buffer.concat([whole, Buffer.alloc(-whole.length & 3, 0xff)]);
}

/** EFI_LOAD_OPTION: active, a name, a device path. */
function loadOption(name: string, path: readonly Buffer[]): Buffer {
  const nodes = Buffer.concat([...path, node(0x7f, 0xff, Buffer.alloc(0))]);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(1, 0);
  head.writeUInt16LE(nodes.length, 4);
  return Buffer.concat([head, Buffer.from(`${name}\0`, 'utf16le'), nodes]);
}

/** A device path node: type, subtype, length, the rest (UEFI specification, section 10.3). */
function node(type: number, subtype: number, data: Buffer): Buffer {
  const head = Buffer.from([type, subtype, 0, 0]);
  head.writeUInt16LE(4 + data.length, 2);
  return Buffer.concat([head, data]);
}

/** PciRoot(0)/Pci(slot,0); PNP0A03 is how EISA writes the root bridge. */
function pci(slot: number): Buffer[] {
  const root = node(2, 1, Buffer.from([0xd0, 0x41, 0x03, 0x0a, 0, 0, 0, 0]));
  return [root, node(1, 1, Buffer.from([0, slot]))];
}

/** MAC(…, 1): the address in a field of 32 bytes, and the kind of network, Ethernet. */
function macNode(mac: string): Buffer {
  const data = Buffer.alloc(33);
  Buffer.from(mac.replaceAll(':', ''), 'hex').copy(data);
  data[32] = 1;
  return node(3, 11, data);
}

/** IPv4(0.0.0.0, by DHCP): all zeros. */
const IPV4 = node(3, 12, Buffer.alloc(23));
