// What the demo needs of this computer, and what is missing: pure.
import { formatBytes } from '../../messages/bytes.ts';
import type { Packages } from '../../test/e2e/host.ts';
import { SIZES, type System } from './system.ts';

/** Debian package → a file of it, as in the end-to-end tests. */
const ALWAYS: Packages = [
  ['qemu-system-x86', 'qemu-system-x86_64'],
  ['seabios', '/usr/share/seabios/bios-256k.bin'],
  ['ipxe-qemu', '/usr/lib/ipxe/qemu/pxe-virtio.rom'],
  ['dnsmasq-base', 'dnsmasq'],
  ['iproute2', 'ip'],
  ['openssh-client', 'ssh-keygen'],
];

/** To make the tests' image, and for the stand-in. */
const FOR_STAND_IN: Packages = [
  ['ipxe', '/usr/lib/ipxe/undionly.kpxe'],
  ['busybox-static', 'busybox'],
  ['mmdebstrap', 'mmdebstrap'],
  ['squashfs-tools', 'mksquashfs'],
  ['cpio', 'cpio'],
  ['lz4', 'lz4'],
  ['zstd', 'zstd'],
  ['xz-utils', 'xz'],
  ['python3', 'python3'],
  ['etcd-server', 'etcd'],
  ['etcd-client', 'etcdctl'],
];

/** The packages whose programs a demo of this system runs. */
export function packagesFor({ kind }: System): Packages {
  return kind === 'fetched' ? ALWAYS : [...ALWAYS, ...FOR_STAND_IN];
}

/** What was found on this computer. */
export interface Host {
  readonly isRoot: boolean;
  /** Debian packages that are not installed. */
  readonly missing: readonly string[];
  /** Whether it is what the stand-in's programs are taken from. */
  readonly isDebian12: boolean;
  /** Whether virtual network cards can be made. */
  readonly hasTun: boolean;
  /** Why the processors must be emulated; null where they need not be. */
  readonly whyEmulated: string | null;
  /** Bytes of RAM that are free. */
  readonly memory: number;
  /** Bytes that are free where the disks will be. */
  readonly room: number;
  /** Whether the tests' image was made before. */
  readonly hasImage: boolean;
}

export interface Need {
  readonly state: 'ok' | 'slow' | 'missing';
  /** What is needed, what is there, and what to do. */
  readonly text: string;
}

/** Bytes that the program of a virtual machine takes besides the machine's own RAM. */
const OVERHEAD = 200_000_000;
/** Bytes that the tests' image takes while it is made. */
const IMAGE_ROOM = 2_000_000_000;

/** Everything that the demo needs. @param machines how many */
export function needsOf(machines: number, system: System, host: Host): Need[] {
  const size = SIZES[system.kind];
  const memory = machines * (size.memory * 1024 ** 2 + OVERHEAD);
  const makesImage = system.kind === 'stand-in' && !host.hasImage;
  const room = machines * size.room + (makesImage ? IMAGE_ROOM : 0);
  return [
    met(
      host.isRoot,
      'root, for a network of its own and its virtual cards',
      'run it with sudo: sudo ./homepbp demo',
    ),
    met(
      host.missing.length === 0,
      'programs',
      `on Debian: apt-get install ${host.missing.join(' ')}`,
    ),
    ...(system.kind === 'stand-in' ? [standInNeed(host)] : []),
    met(host.hasTun, '/dev/net/tun', 'run modprobe tun, or allow it in the container'),
    met(
      host.memory >= memory,
      `RAM: ${formatBytes(memory)} for ${machines} machines; ${formatBytes(host.memory)} are free`,
      'close other programs, or take fewer with --machines',
    ),
    met(
      host.room >= room,
      `disk: ${formatBytes(room)}; ${formatBytes(host.room)} are free`,
      'make room, or take another folder with --folder',
    ),
    processorNeed(host),
    ...(makesImage ? [SLOW_IMAGE] : []),
  ];
}

const SLOW_IMAGE: Need = {
  state: 'slow',
  text: "the tests' image is not there yet: it is made first, from Debian packages (some minutes, once)",
};

function standInNeed({ isDebian12 }: Host): Need {
  const next = 'here, run ./homepbp fetch first: then the demo needs no stand-in';
  return met(isDebian12, 'Debian 12 on x86-64, whose programs the stand-in uses', next);
}

function processorNeed({ whyEmulated }: Host): Need {
  if (whyEmulated === null)
    return { state: 'ok', text: 'KVM (if the machines hang all the same: --emulate)' };
  return {
    state: 'slow',
    text: `no KVM (${whyEmulated}): the processors are emulated, which takes 5 to 15 minutes to one cluster`,
  };
}

function met(isMet: boolean, what: string, next: string): Need {
  return isMet ? { state: 'ok', text: what } : { state: 'missing', text: `${what}; ${next}` };
}

/** One line for each, what is missing marked. */
export function needsText(needs: readonly Need[]): string {
  return needs.map(({ state, text }) => `  ${state.padEnd(7)} ${text}\n`).join('');
}
