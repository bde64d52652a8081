// ./homepbp usb FILE
import { type Stats, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isIP } from 'node:net';
import { join, resolve } from 'node:path';
import { reasonOf, writeFailed } from '../build/build-errors.ts';
import { parseInventory } from '../build/inventory.ts';
import { readInventoryFile } from '../build/inventory-file.ts';
import { DISTRIBUTION_IPXE } from '../build/media.ts';
import type { GenesisPlan } from '../build/schema/genesis.ts';
import { readTemplates } from '../build/shipped-files.ts';
import { isStickImage, STICK_HEAD, stickImage } from '../build/stick/image.ts';
import { readStickPrograms, type Stick } from '../build/stick/programs.ts';
import {
  readAddress,
  type StickAddress,
  stickGenesis,
  stickScript,
} from '../build/stick/script.ts';
import { replaceFile } from '../durable/replace-file.ts';
import { formatBytes } from '../messages/bytes.ts';
import { UserError } from '../messages/user-error.ts';
import { parseBaseUrl } from './base-url.ts';
import { parseWords } from './flags.ts';
import { actAsOwner } from './owner.ts';
import { INVENTORY, MEDIA } from './project-flags.ts';
import { projectOf } from './project-folders.ts';

const FLAGS = {
  url: {
    type: 'string',
    value: 'URL',
    otherwise: 'from nodes.yaml, else what DHCP names',
    about: 'where machines find the tree',
  },
  address: {
    type: 'string',
    value: 'ADDRESS/PREFIX',
    otherwise: 'machines ask DHCP',
    about: "the machine's address, for a network without DHCP",
  },
  gateway: {
    type: 'string',
    value: 'ADDRESS',
    otherwise: 'none',
    about: 'the router, with --address',
  },
  dns: {
    type: 'string',
    value: 'ADDRESS',
    otherwise: 'none',
    about: 'the name server, with --address',
  },
  inventory: INVENTORY,
  media: MEDIA,
  force: {
    type: 'boolean',
    default: false,
    about: 'replaces a file that is not a stick image of ours',
  },
} as const;

/** Writes the image of a stick that boots machines which cannot boot over the network. */
export async function run(args: readonly string[]): Promise<number> {
  const { flags, words } = parseWords('usb', args, FLAGS, ['FILE']);
  const [file = ''] = words;
  actAsOwner('usb', projectOf(flags.inventory));
  refuseDevice(file);
  const { document } = parseInventory(readInventoryFile(flags.inventory));
  const url = flags.url === undefined ? undefined : parseBaseUrl('usb', flags.url);
  const genesis = stickGenesis(document.genesis, url);
  const address = addressOf(flags, genesis);
  const stick = readStickPrograms([join(resolve(flags.media), 'ipxe'), DISTRIBUTION_IPXE]);
  const image = stickImage(stickScript(await readTemplates(), genesis, address), stick);
  await refuseForeign(file, image.length, flags.force);
  await replaceFile(file, image).catch((cause: unknown) => {
    throw writeFailed(file, cause);
  });
  process.stdout.write(report(file, image.length, stick, genesis, address));
  return 0;
}

/** @throws {UserError} with all that is wrong with the flags */
function addressOf(
  flags: Parameters<typeof readAddress>[0],
  { url }: GenesisPlan,
): StickAddress | null {
  const read = readAddress(flags);
  const faults = 'faults' in read ? [...read.faults] : [];
  if (flags.address !== undefined && url === null) {
    faults.push(
      '--address needs --url http://HOST[:PORT], or genesis.ip in nodes.yaml: without DHCP nobody else says where Genesis is',
    );
  }
  if (flags.address !== undefined && flags.dns === undefined && hasName(url)) {
    faults.push(`--address needs --dns, too: ${url} has a name, which only a name server resolves`);
  }
  if ('faults' in read || faults.length > 0) throw new UserError(`usb: ${faults.join('\nusb: ')}`);
  return read.address;
}

function hasName(url: string | null): boolean {
  return url !== null && isIP(new URL(url).hostname) === 0;
}

/** @throws {UserError} for a folder, and for a device, whose name is one letter away from another disk's */
function refuseDevice(file: string): void {
  const there: Stats | undefined = statSync(file, { throwIfNoEntry: false });
  if (there?.isDirectory())
    throw new UserError(`usb: ${file} is a folder\n  hint: name a file in it`);
  if (resolve(file).startsWith('/dev/') || there?.isFile() === false) {
    throw new UserError(
      `usb: ${file} is a device, and this writes only files\n` +
        `  hint: run ./homepbp usb stick.img, then ${ddLine('stick.img', file)}`,
    );
  }
}

/** @throws {UserError} for a file that is not an image of ours */
async function refuseForeign(file: string, size: number, force: boolean): Promise<void> {
  const there = statSync(file, { throwIfNoEntry: false });
  if (there === undefined || force || (there.size === size && isStickImage(await headOf(file))))
    return;
  throw new UserError(
    `usb: ${file} exists and is not an image of a boot stick\n  hint: choose another name, or replace it with --force`,
  );
}

async function headOf(file: string): Promise<Uint8Array> {
  const handle = await open(file).catch((cause: unknown) => {
    throw new UserError(`usb: ${file} cannot be read: ${reasonOf(cause)}`, { cause });
  });
  try {
    return (await handle.read(Buffer.alloc(STICK_HEAD), 0, STICK_HEAD, 0)).buffer;
  } finally {
    await handle.close();
  }
}

function ddLine(image: string, device: string): string {
  return `sudo dd if=${image} of=${device} bs=4M conv=fsync`;
}

function report(
  file: string,
  size: number,
  { version, hasArm64 }: Stick,
  { url }: GenesisPlan,
  address: StickAddress | null,
): string {
  const arm64 = hasArm64 ? ' and 64-bit ARM' : '';
  const asks = address === null ? 'asks DHCP' : `takes the address ${address.own.address}`;
  const place = url ?? 'the boot server that DHCP names';
  const lines = [
    `${file}: ${formatBytes(size)}, iPXE ${version ?? 'of unknown age'} for x86 (BIOS, UEFI)${arm64}`,
    `It ${asks}, then loads boot.ipxe from ${place}. It has no secrets.`,
    ...(url === null
      ? [
          'note: a router names no boot server: start Genesis with --proxy-dhcp, or make the stick with --url',
        ]
      : []),
    ...(address === null
      ? []
      : ['note: once its system runs, a node without ip: in nodes.yaml asks DHCP again']),
    'Next: write it to a stick, which erases the stick, and start the machine from it, with Secure Boot off:',
    `  Linux    lsblk, then ${ddLine(file, '/dev/sdX')}`,
    `  macOS    diskutil list, then diskutil unmountDisk diskN and sudo dd if=${file} of=/dev/rdiskN bs=4m`,
    '  Windows  balenaEtcher, or Rufus in DD mode',
  ];
  return `${lines.join('\n')}\n`;
}
