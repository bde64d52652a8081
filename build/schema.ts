// The shape of nodes.yaml (one normalised model follows in plan.ts). No transforms here, so
// that the editor's JSON schema is the same thing; what crosses fields is in checks.ts.
import { isIP, isIPv4 } from 'node:net';
import { z } from 'zod';
import { isUnicastMac, parseMac } from '../contract/mac.ts';
import { k3sConfigSchema } from './k3s-config.ts';
import { parseCidr } from './subnet.ts';

/** A text that must pass `test`; the hint says what a right one looks like. */
function text(test: (value: string) => boolean, message: string, hint: string) {
  return z.string().refine(test, { message, params: { hint } });
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

const name = text(
  (value) => LABEL.test(value),
  'is no host name (RFC 1123 label)',
  'lower-case letters, digits and hyphens, at most 63, such as k8s-node01',
);

const macAddress = z.string().superRefine((value, context) => {
  const mac = parseMac(value);
  if (mac === null) {
    refuse(context, 'is no MAC address', 'six pairs of hex digits, such as 52:54:00:12:34:01');
  } else if (!isUnicastMac(mac)) {
    refuse(
      context,
      'is no network card: it is a multicast or all-zero address',
      "look on the machine's label or in its firmware",
    );
  }
});

function refuse(context: z.RefinementCtx, message: string, hint: string) {
  context.addIssue({ code: 'custom', message, params: { hint } });
}

const ipv4 = text(isIPv4, 'is no IPv4 address', 'four numbers from 0 to 255, such as 192.168.1.1');
const server = text(
  (value) =>
    isIP(value) !== 0 ||
    (value.split('.').every((part) => LABEL.test(part)) && !/^[\d.]+$/.test(value)),
  'is neither an IP address nor a host name',
  'such as 192.168.1.101',
);
const cidr = text(
  (value) => parseCidr(value) !== null,
  'is no IPv4 address with its prefix length',
  'such as 192.168.1.101/24',
);

/** One word of the kernel line: iPXE would act on `${`, `;`, `||` and `&&`, and a `#` starts a comment. */
const kernelArg = text(
  (value) =>
    /^[\x21-\x7e]+$/.test(value) && !/\$\{|^(;|\|\||&&|#.*)$/.test(value) && value.length <= 256,
  'cannot stand on the kernel line',
  'one word of printable ASCII without spaces, such as console=ttyS0',
);
/** The kernel cuts its line at 2048 bytes; ours and a long URL take up to 1000 of them. */
const KERNEL_ARGS_BYTES = 1000;
const kernelArgs = z.array(kernelArg).superRefine((list, context) => {
  if (list.join(' ').length <= KERNEL_ARGS_BYTES) return;
  const message = `is longer than ${KERNEL_ARGS_BYTES} bytes in all`;
  refuse(context, message, 'the kernel would cut its line: leave out what is not needed');
});

const path = text(
  (value) => value !== '' && !value.includes('\0'),
  'is no path',
  'a path relative to nodes.yaml, or from / or ~/',
);
const keyList = z
  .array(
    text(
      (value) => value.trim() !== '',
      'is no ssh key',
      'a path, a literal public key, or gh:<user>',
    ),
  )
  .min(1);
const disk = text(
  (value) => value === 'auto' || value === 'none' || /^\/dev\/[\w./:-]+$/.test(value),
  'is no disk',
  'auto, none, or a device such as /dev/disk/by-id/nvme-…',
);

const arch = z.enum(['amd64', 'arm64']);
const role = z.enum(['server', 'agent']);
const boot = z.enum(['live', 'recovery', 'local']);

/** What a node has of its own, and `defaults:` gives to those that have not. */
const nodeSettings = {
  arch: arch.optional(),
  role: role.optional(),
  boot: boot.optional(),
  disk: disk.optional(),
  gateway: ipv4.optional(),
  dns: z.array(ipv4).max(8).optional(),
  ssh_keys: keyList.optional(),
  kernel_args: kernelArgs.optional(),
  timezone: text(
    (value) => /^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+){0,2}$/.test(value),
    'is no time zone',
    'a name of the tz database, such as Europe/Berlin',
  ).optional(),
  locale: text(
    (value) => /^[A-Za-z]{1,8}([_.@-][A-Za-z0-9-]+){0,3}$/.test(value),
    'is no locale',
    'such as en_GB.UTF-8',
  ).optional(),
  ntp: z.array(server).min(1).max(8).optional(),
  extra_user_data: path.optional(),
};

export const nodeSchema = z.strictObject({
  name,
  mac: z.union([macAddress, z.array(macAddress).min(1).max(16)]),
  ip: cidr.optional(),
  known_servers: z.array(server).optional(),
  wipe: text(
    (value) => /^[\w.-]{1,64}$/.test(value),
    'is no wipe token',
    'any new word of letters and digits, such as 2026-11-24',
  ).optional(),
  removed: z.boolean().optional(),
  ...nodeSettings,
});

const quorum = z.union([z.enum(['majority', 'all', 'safe']), z.int().positive()]);

export const inventorySchema = z.strictObject({
  genesis: z
    .strictObject({
      ip: text(
        (value) => value === 'auto' || isIPv4(value),
        'is neither auto nor an IPv4 address',
        'auto, or the address of the machine that serves dist/',
      ).optional(),
      http_port: z.int().min(1).max(65535).optional(),
      url: text(
        isBaseUrl,
        'is no base URL',
        'http://HOST[:PORT][/FOLDER] of the folder that dist/ is copied to',
      ).optional(),
    })
    .optional(),
  os: z
    .strictObject({
      release: z.enum(['20.04', '22.04', '24.04', '26.04']).optional(),
      kernel: z.enum(['ga', 'hwe']).optional(),
      custom: z
        .strictObject({
          kernel: path,
          initrd: path,
          rootfs: path,
          modules: z.union([path, z.array(path).min(1)]).optional(),
          busybox: path.optional(),
        })
        .optional(),
    })
    .optional(),
  ssh: z.strictObject({ keys: z.union([z.literal('auto'), keyList]).optional() }).optional(),
  network: z
    .strictObject({
      gateway: ipv4.optional(),
      dns: z.array(ipv4).max(8).optional(),
      domain: text(
        (value) => value.length <= 253 && value.split('.').every((part) => LABEL.test(part)),
        'is no domain',
        'such as home.arpa',
      ).optional(),
    })
    .optional(),
  cluster: z
    .strictObject({
      name: name.optional(),
      k3s: text(
        (value) =>
          /^(stable|latest|testing|v1\.\d{1,3}(\.\d{1,3}(-[\w.]+)?\+k3s\d+)?)$/.test(value),
        'is no k3s channel or version',
        'stable, latest, v1.34 or an exact version such as v1.34.10+k3s1',
      ).optional(),
      token: z.string().min(1).optional(),
      founding: z
        .strictObject({
          quorum: quorum.optional(),
          epoch: z.int().min(1).optional(),
          i_know: z.boolean().optional(),
          abandon: z.array(name).optional(),
        })
        .optional(),
      founded: z.boolean().optional(),
      known_servers: z.array(server).optional(),
      ca_hash: text(
        (value) => /^[0-9a-f]{64}$/.test(value),
        'is no SHA-256',
        '64 lower-case hex digits: sha256sum of the /cacerts of a server',
      ).optional(),
      ignore: z.array(server).optional(),
      k3s_config: k3sConfigSchema.optional(),
      addons: z.strictObject({}).optional(),
    })
    .optional(),
  defaults: z.strictObject(nodeSettings).optional(),
  nodes: z.array(nodeSchema).min(1),
});

export type InventoryDocument = z.infer<typeof inventorySchema>;
export type NodeEntry = z.infer<typeof nodeSchema>;

/**
 * http only: the initramfs has no TLS, and old iPXE builds have none either. As plain as it can be,
 * for it stands as it is in scripts and in the settings of five DHCP servers.
 */
const PLAIN_URL = /^http:\/\/(\[[\da-f:.]+\]|[\w.-]+)(:\d+)?((\/[\w.~%@:+=-]*)*)$/i;

function isBaseUrl(value: string): boolean {
  if (value.length > 255 || !URL.canParse(value)) return false;
  const folder = PLAIN_URL.exec(value)?.[3];
  // Folders such as `..` are not for machines to work out.
  return folder !== undefined && new URL(value).pathname === (folder === '' ? '/' : folder);
}
