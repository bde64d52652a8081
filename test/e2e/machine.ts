// A machine: QEMU with real firmware on the LAN, its console in a transcript.
import { copyFile, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firmware } from './disk.ts';
import type { Lan } from './lan.ts';
import { startProgram } from './program.ts';
import type { Scene } from './scene.ts';
import type { Transcript } from './transcript.ts';

const OVMF = { code: '/usr/share/OVMF/OVMF_CODE_4M.fd', vars: '/usr/share/OVMF/OVMF_VARS_4M.fd' };

export interface Build {
  readonly firmware: Firmware;
  /** `HTTP`: UEFI whose PXE is switched off in its setup, as HTTP boot comes after it. */
  readonly loadsBy?: 'HTTP' | undefined;
  /** With colons. */
  readonly mac: string;
  /** A raw image; the machine tries it after the network. */
  readonly disk?: string;
  /** `off`: a reset ends the machine (the default). `on`: it boots again, as real ones do. */
  readonly reboots?: 'on' | 'off';
}

export interface Machine {
  readonly console: Transcript;
  /** `performance.now()` at power-on, in milliseconds. */
  readonly poweredOn: number;
  /** Resolves when the machine has powered off (or was reset, where that ends it). */
  readonly off: Promise<void>;
  /** What the guest wrote to its second serial port so far. */
  secondSerial(): Promise<string>;
  powerOff(): Promise<void>;
}

/**
 * Powers a machine on. BIOS boots from QEMU's own network ROM, which is iPXE; UEFI has no ROM, so
 * that OVMF's own PXE runs. TCG, as guest kernels hang under KVM on some build hosts.
 */
export async function powerOn(scene: Scene, lan: Lan, build: Build): Promise<Machine> {
  const serial2 = join(scene.scratch, 'ttyS1');
  const words = [
    ...[
      'qemu-system-x86_64',
      '-accel',
      'tcg,thread=multi',
      '-smp',
      '2',
      '-cpu',
      'max',
      '-m',
      '2048',
    ],
    ...['-nographic', '-monitor', 'none', '-serial', 'stdio', '-serial', `file:${serial2}`],
    ...['-netdev', `tap,id=lan,ifname=${await lan.addTap()},script=no,downscript=no`],
    ...['-device', nic(build)],
    ...(build.firmware === 'uefi' ? await ovmf(scene, build) : []),
    ...(build.disk === undefined ? [] : drive(build.disk)),
    ...(build.reboots === 'on' ? [] : ['-no-reboot']),
  ];
  const poweredOn = performance.now();
  const qemu = startProgram('console', lan.inside(words), join(scene.logs, 'console.log'));
  scene.defer(() => qemu.stop());
  return {
    console: qemu.said,
    poweredOn,
    off: qemu.exited,
    secondSerial: () => readFile(serial2, 'utf8'),
    powerOff: () => qemu.stop(),
  };
}

function nic({ firmware, mac }: Build): string {
  const rom = firmware === 'uefi' ? ',romfile=' : '';
  return `virtio-net-pci,netdev=lan,mac=${mac},bootindex=1${rom}`;
}

function drive(path: string): string[] {
  const device = 'virtio-blk-pci,drive=disk,bootindex=2';
  return ['-drive', `if=none,id=disk,format=raw,file=${path}`, '-device', device];
}

async function ovmf(scene: Scene, { loadsBy }: Build): Promise<string[]> {
  const vars = join(scene.scratch, 'vars.fd');
  await copyFile(OVMF.vars, vars);
  const flash = (file: string) => ['-drive', `if=pflash,format=raw,${file}`];
  const off = loadsBy === 'HTTP' ? ['IPv6', 'IPv4'] : ['IPv6'];
  return [
    ...['-machine', 'q35'],
    ...off.flatMap((ip) => ['-fw_cfg', `name=opt/org.tianocore/${ip}PXESupport,string=n`]),
    ...flash(`readonly=on,file=${OVMF.code}`),
    ...flash(`file=${vars}`),
  ];
}
