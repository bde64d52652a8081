// The nodes.yaml of the tests, with the one node that they boot.
import { relative } from 'node:path';
import type { TestImage } from './image.ts';
import { GENESIS } from './lan.ts';

/** The address is static and outside the DHCP range. */
export const NODE = { name: 'e2e-node01', mac: '52:54:00:e2:e0:01', ip: '10.77.0.11/24' } as const;
/** Another machine, for inventories that have two. */
export const OTHER_NODE = {
  name: 'e2e-node99',
  mac: '52:54:00:e2:e0:99',
  ip: '10.77.0.99/24',
} as const;
export const SSH_KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPmyFxQaO4FoLObUJ2ripJQ2rs3BLGudYUUZOTVR+7nk e2e@homepbp';

/** Where the build and the machines expect Genesis' HTTP. */
export const HTTP_PORT = 8080;

/** The test image as the user's own OS, in an inventory in `folder`. */
export function customOs(folder: string, image: TestImage) {
  const path = (file: string) => relative(folder, file);
  return {
    custom: {
      kernel: path(image.kernel),
      initrd: path(image.initrd),
      rootfs: path(image.rootfs),
      modules: path(image.modules),
    },
  };
}

/** The small root, which boots in seconds and has no modules but the initrd's. */
export function smallOs(folder: string, { kernel, initrd, small }: TestImage) {
  const path = (file: string) => relative(folder, file);
  return { custom: { kernel: path(kernel), initrd: path(initrd), rootfs: path(small) } };
}

/** The small root with the packages of modules and of GRUB: it starts from its own disk too. */
export function startableOs(
  folder: string,
  image: TestImage,
  rootfs = image.small,
  packages: readonly string[] = [image.modules, image.grub],
) {
  const modules = packages.map((file) => relative(folder, file));
  return { custom: { ...smallOs(folder, { ...image, small: rootfs }).custom, modules } };
}

/**
 * An inventory with the one node; JSON is YAML.
 * @param settings of the node, such as `{ disk: 'auto', role: 'server' }`; it has no disk otherwise
 * @param others more nodes
 */
export function inventoryText(
  os: object,
  settings: object = {},
  others: readonly object[] = [],
): string {
  const nodes: readonly { readonly role?: string }[] = [{ ...NODE, ...settings }, ...others];
  const isAlone = nodes.every(({ role }) => role !== 'server');
  return JSON.stringify(
    {
      genesis: { ip: GENESIS, http_port: HTTP_PORT },
      // Agents alone need a cluster that is elsewhere.
      ...(isAlone && { cluster: { founded: true } }),
      os,
      ssh: { keys: [SSH_KEY] },
      network: { gateway: GENESIS, dns: [GENESIS] },
      defaults: { disk: 'none', role: 'agent', kernel_args: ['console=ttyS0'] },
      nodes,
    },
    null,
    2,
  );
}

/**
 * An inventory of servers with disks of their own, one cluster of them all; JSON is YAML.
 * @param key file with the public key of who may log in
 */
export function shelfInventory(
  os: object,
  k3s: string,
  key: string,
  nodes: readonly { readonly name: string; readonly mac: string; readonly ip: string }[],
): string {
  return JSON.stringify({
    genesis: { ip: GENESIS, http_port: HTTP_PORT },
    os,
    ssh: { keys: [key] },
    network: { gateway: GENESIS, dns: [GENESIS] },
    cluster: { name: 'shelf', k3s },
    defaults: { kernel_args: ['console=ttyS0'] },
    nodes: nodes.map(({ name, mac, ip }) => ({ name, mac, ip })),
  });
}
