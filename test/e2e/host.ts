// What the host needs for the tests, and how to install what is missing.
import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { UserError } from '../../messages/user-error.ts';
import { checkK3s } from './cluster/k3s.ts';
import { DHCP_DAEMONS } from './dhcp-daemons.ts';

/** Debian package → a file of it that is used; a bare name is looked up in PATH. */
export type Packages = readonly (readonly [pkg: string, file: string])[];

const NEEDED: Packages = [
  ['qemu-system-x86', 'qemu-system-x86_64'],
  ['seabios', '/usr/share/seabios/bios-256k.bin'],
  ['ipxe-qemu', '/usr/lib/ipxe/qemu/pxe-virtio.rom'],
  ['ovmf', '/usr/share/OVMF/OVMF_CODE_4M.fd'],
  ['ipxe', '/usr/lib/ipxe/undionly.kpxe'],
  ['dnsmasq-base', 'dnsmasq'],
  ['iproute2', 'ip'],
  ['mmdebstrap', 'mmdebstrap'],
  ['squashfs-tools', 'mksquashfs'],
  ['cpio', 'cpio'],
  ['lz4', 'lz4'],
  ['zstd', 'zstd'],
  ['xz-utils', 'xz'],
  ['mtools', 'mcopy'],
  ['fdisk', 'sfdisk'],
  ['grub-common', 'grub-mkimage'],
  ['grub-efi-amd64-bin', '/usr/lib/grub/x86_64-efi/halt.mod'],
  ['cloud-init', 'cloud-init'],
  ['e2fsprogs', 'mke2fs'],
  ['cryptsetup-bin', 'cryptsetup'],
  ['lvm2', 'pvcreate'],
  ['ntfs-3g', 'mkfs.ntfs'],
  ['nginx-light', 'nginx'],
  ['openssh-client', 'ssh'],
];

/** The same for cases whose nodes are processes in namespaces of their own. */
const CLUSTER_NEEDED: Packages = [
  ['iproute2', 'ip'],
  ['util-linux', 'unshare'],
  ['curl', 'curl'],
  ['python3', '/usr/bin/python3'],
  ['openssl', 'openssl'],
  ['etcd-server', 'etcd'],
  ['etcd-client', 'etcdctl'],
];

/** The same for the page in a browser. */
const PAGE_NEEDED: Packages = [
  ['iproute2', 'ip'],
  ['curl', 'curl'],
  ['chromium', 'chromium'],
  ['ipxe', '/usr/lib/ipxe/undionly.kpxe'],
  ['nginx-light', 'nginx'],
];

/** The same for other people's TFTP clients. */
const TFTP_NEEDED: Packages = [
  ['curl', 'curl'],
  ['tftp-hpa', 'tftp'],
  ['atftp', 'atftp'],
  ['busybox-static', 'busybox'],
];

/** @throws {UserError} as `checkHost` does */
export async function checkDhcpHost(): Promise<void> {
  await checkPrograms(Object.values(DHCP_DAEMONS).map(({ pkg, program }) => [pkg, program]));
}

/** @throws {UserError} as `checkHost` does */
export async function checkTftpHost(): Promise<void> {
  await checkPrograms(TFTP_NEEDED);
}

/** @throws {UserError} as `checkHost` does */
export async function checkPageHost(): Promise<void> {
  await checkPrograms(PAGE_NEEDED);
}

/** @throws {UserError} as `checkHost` does */
export async function checkClusterHost(): Promise<void> {
  await checkPrograms(CLUSTER_NEEDED);
  checkK3s();
}

/**
 * Also puts the system's own programs into this process's PATH.
 * @throws {UserError} when not root on Linux, or naming the Debian packages to install
 */
export async function checkHost(): Promise<void> {
  await checkPrograms(NEEDED);
  if (!(await isThere(TUN))) {
    throw new UserError(
      'e2e: /dev/net/tun is missing: run modprobe tun, or allow it in the container',
    );
  }
}

/** Makes virtual network cards. */
export const TUN = '/dev/net/tun';

async function checkPrograms(needed: Packages): Promise<void> {
  if (process.platform !== 'linux') throw new UserError('e2e: needs Linux (network namespaces)');
  if (process.getuid?.() !== 0) {
    throw new UserError('e2e: needs root for network namespaces: sudo npm run e2e');
  }
  const missing = await missingPackages(needed);
  if (missing.length > 0) {
    throw new UserError(`e2e: programs are missing\n  apt-get install ${missing.join(' ')}`);
  }
}

/**
 * The packages that are not installed, each once. Also puts the system's own programs into this process's PATH:
 * Debian's `su` keeps the user's, which lacks dnsmasq and ip.
 */
export async function missingPackages(needed: Packages): Promise<string[]> {
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/sbin`;
  const missing: string[] = [];
  for (const [pkg, file] of needed) if (!(await isThere(file))) missing.push(pkg);
  return [...new Set(missing)];
}

/** Whether a program in PATH, or a file by its path, can be read. */
export async function isThere(file: string): Promise<boolean> {
  const folders = file.startsWith('/') ? [''] : (process.env.PATH ?? '').split(':');
  for (const folder of folders) {
    const path = folder === '' ? file : `${folder}/${file}`;
    if (
      await access(path, constants.R_OK).then(
        () => true,
        () => false,
      )
    )
      return true;
  }
  return false;
}
