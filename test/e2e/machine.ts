// A machine: QEMU with real firmware on the LAN, its console in a transcript.
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Firmware } from './disk.ts';
import type { Lan } from './lan.ts';
import { startProgram } from './program.ts';
import type { Scene } from './scene.ts';
import type { Transcript } from './transcript.ts';
import { SLOTS, setBootOrder } from './uefi-order.ts';

const OVMF = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' };

/** A stopped process ends the system calls that it is in; a killed one may not. */
const FREEZE_MS = 100;

const EMULATED = ['-accel', 'tcg,thread=multi', '-cpu', 'max'];
/** With all that the host's processor has: where KVM only pretends to work, QEMU then fails at once. */
export const KVM = ['-accel', 'kvm', '-cpu', 'host'];

export interface Build {
  readonly firmware: Firmware;
  /** `HTTP`: UEFI whose PXE is switched off in its setup, as HTTP boot comes after it. */
  readonly loadsBy?: 'HTTP' | undefined;
  /** `PXE, disk`: UEFI has that boot order; without it, it tries every way of its card before the disk. */
  readonly order?: 'PXE, disk' | undefined;
  /** With colons. */
  readonly mac: string;
  /** More cards on the LAN, none of which it tries to start from, found before its own. */
  readonly strangers?: readonly string[];
  /** A raw image; the machine tries it after the network. */
  readonly disk?: string;
  /** Its disks, in the order in which they appear; the machine tries the first after the network. */
  readonly disks?: readonly Disk[];
  /** MiB; 2048 without it. */
  readonly memory?: number;
  /** Processors; 2 without it. One where several machines run: guests with more of them than the host
   * has to spare hang for minutes. */
  readonly processors?: 1 | 2;
  /** Runs its processors on the host's; without it they are emulated, as guest kernels hang under KVM on some
   * build hosts. */
  readonly kvm?: boolean;
  /** What firmware tries first; the network without this. */
  readonly first?: 'disk';
  /** `never`: its firmware cannot: the card has no ROM, and UEFI's PXE is switched off. */
  readonly bootsByNetwork?: 'never';
  /** `off`: a reset ends the machine (the default). `on`: it boots again, as real ones do. */
  readonly reboots?: 'on' | 'off';
  /** Told apart by this where a scene has several: its console is in `NAME.log`; `console` without. */
  readonly name?: string;
}

export interface Disk {
  /** A raw image; qcow2 with `log`. */
  readonly path: string;
  /** Where every write and flush is logged, in order (write-log.ts); an empty file. */
  readonly log?: string;
  /** How it is attached; virtio without this. */
  readonly bus?: Bus;
  /** Bytes a sector; 512 without this (IDE has no others). */
  readonly sector?: 512 | 4096;
}

/**
 * The kernel of the test image has drivers for these; `stick`: removable, as most on USB are. Not for `usb`,
 * which only firmware needs.
 */
type Bus = 'virtio' | 'ide' | 'nvme' | 'stick' | 'usb';

export interface Machine {
  readonly console: Transcript;
  /** `performance.now()` at power-on, in milliseconds. */
  readonly poweredOn: number;
  /** Resolves when the machine has powered off (or was reset, where that ends it). */
  readonly off: Promise<void>;
  /** What the guest wrote to its second serial port so far. */
  secondSerial(): Promise<string>;
  powerOff(): Promise<void>;
  /** As a power cut: at once, with nothing written any more. What it writes just now is ended. */
  kill(): Promise<void>;
}

/**
 * Powers a machine on. BIOS boots from QEMU's own network ROM, which is iPXE; UEFI has no ROM, so
 * that OVMF's own PXE runs.
 */
export async function powerOn(scene: Scene, lan: Lan, build: Build): Promise<Machine> {
  const { name = 'console' } = build;
  const serial2 = join(scene.scratch, `${name}.ttyS1`);
  const words = [
    ...[
      'qemu-system-x86_64',
      ...(build.kvm ? KVM : EMULATED),
      '-smp',
      String(build.processors ?? 2),
      '-m',
      String(build.memory ?? 2048),
    ],
    ...['-nographic', '-monitor', 'none', '-serial', 'stdio', '-serial', `file:${serial2}`],
    ...(await strangers(lan, build)),
    ...['-netdev', `tap,id=lan,ifname=${await lan.addTap()},script=no,downscript=no`],
    ...['-device', nic(build)],
    ...(build.firmware === 'uefi' ? await ovmf(scene, build) : []),
    ...drives(build),
    ...(build.reboots === 'on' ? [] : ['-no-reboot']),
  ];
  const poweredOn = performance.now();
  const qemu = startProgram(name, lan.inside(words), join(scene.logs, `${name}.log`));
  scene.defer(() => qemu.stop());
  return {
    console: qemu.said,
    poweredOn,
    off: qemu.exited,
    secondSerial: () => readFile(serial2, 'utf8'),
    powerOff: () => qemu.stop(),
    async kill() {
      qemu.freeze();
      await sleep(FREEZE_MS);
      await qemu.kill();
    },
  };
}

async function strangers(lan: Lan, { strangers = [] }: Build): Promise<string[]> {
  const words: string[] = [];
  for (const [index, mac] of strangers.entries()) {
    const id = `other${index}`;
    words.push('-netdev', `tap,id=${id},ifname=${await lan.addTap()},script=no,downscript=no`);
    words.push('-device', `virtio-net-pci,netdev=${id},mac=${mac},romfile=`);
  }
  return words;
}

/** Whether the boot order is in the firmware's own variables, and not in what QEMU tells it. */
const ordersItself = ({ firmware, order }: Build) => firmware === 'uefi' && order !== undefined;
const atSlot = (slot: number) => `addr=0x${slot.toString(16)}`;

function nic(build: Build): string {
  const never = build.bootsByNetwork === 'never';
  const rom = build.firmware === 'uefi' || never ? ',romfile=' : '';
  if (never) return `virtio-net-pci,netdev=lan,mac=${build.mac}${rom}`;
  const index = build.first === 'disk' ? 99 : 1;
  const place = ordersItself(build) ? atSlot(SLOTS.nic) : `bootindex=${index}`;
  return `virtio-net-pci,netdev=lan,mac=${build.mac},${place}${rom}`;
}

/**
 * Writes go to the host's page cache: a killed QEMU loses what the guest did not write, no more. With a
 * log it can be seen what the guest never flushed, too.
 */
function drives(build: Build): string[] {
  const { disk, disks = [] } = build;
  const all: readonly Disk[] = disk === undefined ? disks : [{ path: disk }, ...disks];
  const sticks = all.some(({ bus }) => bus === 'stick');
  const onUsb = all.some(({ bus }) => bus === 'usb');
  const onIde = all.filter(({ bus }) => bus === 'ide');
  return [
    ...(sticks ? ['-device', 'virtio-scsi-pci,id=scsi'] : []),
    ...(onUsb ? ['-device', 'qemu-xhci'] : []),
    ...all.flatMap((one, index) => {
      const inOrder = index === 0 && ordersItself(build);
      const place = inOrder ? atSlot(SLOTS.disk) : `bootindex=${index + 2}`;
      return drive(one, index, onIde.indexOf(one), place);
    }),
  ];
}

/** @param unit its number on IDE @param place where firmware looks for it */
function drive(disk: Disk, index: number, unit: number, place: string): string[] {
  const { bus = 'virtio', sector = 512 } = disk;
  const id = `disk${index}`;
  const sectors = `logical_block_size=${sector},physical_block_size=${sector}`;
  const device = {
    virtio: `virtio-blk-pci,${sectors}${disk.log === undefined ? '' : ',discard=off,write-zeroes=off'}`,
    ide: `ide-hd,bus=ide.0,unit=${unit}`,
    nvme: `nvme,${sectors}`,
    stick: `scsi-hd,bus=scsi.0,removable=on,${sectors}`,
    usb: 'usb-storage,removable=on',
  }[bus];
  const image = `if=none,id=${id},${backend(disk)}`;
  return ['-drive', image, '-device', `${device},drive=${id},serial=${id},${place}`];
}

/** With a log, discards and zeroings are not offered: QEMU logs them out of order. */
function backend({ path, log }: Disk): string {
  if (log === undefined) return `format=raw,file=${path}`;
  const image = `file.driver=qcow2,file.file.driver=file,file.file.filename=${path}`;
  return `driver=blklogwrites,${image},log.driver=file,log.filename=${log}`;
}

async function ovmf(
  scene: Scene,
  { loadsBy, order, mac, bootsByNetwork }: Build,
): Promise<string[]> {
  const vars = join(scene.scratch, 'vars.fd');
  await copyFile(OVMF.vars, vars);
  if (order !== undefined) await setBootOrder(vars, mac);
  const flash = (file: string) => ['-drive', `if=pflash,format=raw,${file}`];
  const noPxe = loadsBy === 'HTTP' || bootsByNetwork === 'never';
  const off = noPxe ? ['IPv6', 'IPv4'] : ['IPv6'];
  return [
    ...['-machine', 'q35'],
    ...off.flatMap((ip) => ['-fw_cfg', `name=opt/org.tianocore/${ip}PXESupport,string=n`]),
    ...flash(`readonly=on,file=${OVMF.code}`),
    ...flash(`file=${vars}`),
  ];
}
