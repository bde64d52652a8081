// The names of files in dist/ that both sides and machines use. Paths are relative to dist/, with
// forward slashes.

/** `boot.ipxe`: the first script over HTTP on every machine. */
export const BOOT_SCRIPT = 'boot.ipxe';
export const UNKNOWN_SCRIPT = 'unknown.ipxe';
/** Never in dist/: a server that has it has a page for every name, so it is not Genesis. */
export const ABSENT_SCRIPT = 'must-be-absent.ipxe';
export const MANIFEST = 'manifest.json';
export const INVENTORY = 'inventory.json';
/** The build's own record; never served, exported or listed in the manifest. */
export const BUILD_RECORD = '.build.json';

/** The folder that TFTP serves as its root. */
export const TFTP_ROOT = 'tftp';
/** One folder per MAC address; the files may contain the user's secrets (extra_user_data). */
export const NODES = 'nodes';
export const PREVIEW = 'preview';

/**
 * Our initramfs layer and node payload, in each operating system's folder. Uncompressed, because it
 * comes before the system's own initrd, where the kernel looks for microcode.
 */
export const PAYLOAD_LAYER = 'homepbp.cpio';

/** The files of `nodes/<mac>/`, in the order in which a machine requests them. */
export const NODE_FILES = [
  'boot.ipxe',
  'meta-data',
  'user-data',
  'vendor-data',
  'network-config',
] as const;
export type NodeFile = (typeof NODE_FILES)[number];

/** `nodes/<mac>/<file>`; `mac` in its canonical form (contract/mac.ts). */
export function nodePath(mac: string, file: NodeFile): string {
  return `${NODES}/${mac}/${file}`;
}

/** `preview/<mac>/<file>`: the same text without extra_user_data, which may hold secrets. */
export function previewPath(mac: string, file: NodeFile): string {
  return `${PREVIEW}/${mac}/${file}`;
}

/** The kernel, initrd and root image that every system needs. */
export const BOOT_FILES = ['vmlinuz', 'initrd', 'rootfs.squashfs'] as const;

/** `os/<id>/<file>`, where id is `<release>-<arch>` or `custom-<arch>`. */
export function osPath(id: string, file: string): string {
  return `os/${id}/${file}`;
}

/**
 * The name in dist/ of a file or folder that others have named: without `+`, `%` and `:`. As it comes, IIS
 * answers `+` and `%` with 404 ('double escaping'), and NTFS, exFAT and SMB have no `:`. k3s' container
 * images have `-` for `+`, too: `v1.34.1-k3s1`.
 */
export function publishedName(name: string): string {
  return name.replaceAll(/%[0-9a-f]{2}|[+%:]/gi, '-');
}
