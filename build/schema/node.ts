// `nodes:` and `defaults:`.
import { z } from 'zod';
import {
  type Arch,
  archSchema,
  type BootMode,
  bootModeSchema,
  type Role,
  roleSchema,
} from '../../contract/inventory.ts';
import { isTimeZone, nearestTimeZone } from '../time-zones.ts';
import {
  cidr,
  ipv4,
  judged,
  keyList,
  macAddress,
  name,
  orNull,
  path,
  refuse,
  server,
  type TextFault,
  text,
} from './texts.ts';

/** One word of the kernel line: iPXE would act on `${`, `;`, `||` and `&&`, and a `#` starts a comment. */
const kernelArg = text(
  (value) =>
    /^[\x21-\x7e]+$/.test(value) && !/\$\{|^(;|\|\||&&|#.*)$/.test(value) && value.length <= 256,
  'is not allowed on the kernel command line',
  'one word of printable ASCII without spaces, such as console=ttyS0',
);
/** The kernel truncates its line at 2048 bytes; ours and a long URL take up to 1000 of them. */
const KERNEL_ARGS_BYTES = 1000;
const kernelArgs = z.array(kernelArg).superRefine((list, context) => {
  if (list.join(' ').length <= KERNEL_ARGS_BYTES) return;
  const message = `is longer than ${KERNEL_ARGS_BYTES} bytes in total`;
  refuse(context, message, 'the kernel would truncate its command line: remove arguments');
});

const disk = text(
  (value) => value === 'auto' || value === 'none' || /^\/dev\/[\w./:-]+$/.test(value),
  'is not a valid disk',
  'auto, none, or a device such as /dev/disk/by-id/nvme-…',
);

/** cloud-init fails where the node has no file of that name. */
function zoneFault(name: string): TextFault | null {
  if (isTimeZone(name)) return null;
  const near = nearestTimeZone(name);
  const hint =
    near === undefined ? 'a tz database name, such as Europe/Berlin' : `did you mean '${near}'?`;
  return { message: 'is not a time zone', hint };
}

/** Settings of a node; `defaults:` gives them to nodes that do not set them. */
const settings = {
  arch: z.enum(archSchema.options),
  role: z.enum(roleSchema.options),
  boot: z.enum(bootModeSchema.options),
  disk,
  gateway: ipv4,
  dns: z.array(ipv4).max(8),
  ssh_keys: keyList,
  kernel_args: kernelArgs,
  timezone: judged(zoneFault),
  locale: text(
    (value) => /^[A-Za-z]{1,8}([_.@-][A-Za-z0-9-]+){0,3}$/.test(value),
    'is not a valid locale',
    'such as en_GB.UTF-8',
  ),
  ntp: z.array(server).min(1).max(8),
  extra_user_data: path,
};

/** A key that both `defaults:` and a node may have. */
export type Setting = keyof typeof settings;
export const SETTINGS = Object.keys(settings) as readonly Setting[];

type Shape = Readonly<Record<string, z.ZodType>>;
type Optional<S extends Shape> = { [K in keyof S]: z.ZodExactOptional<S[K]> };

/** The same keys, none of them required. */
function optional<S extends Shape>(shape: S): Optional<S> {
  const entries = Object.entries(shape).map(([key, schema]) => [key, schema.exactOptional()]);
  return Object.fromEntries(entries) as Optional<S>;
}

export const nodeSchema = z.strictObject({
  name,
  mac: z
    .union([macAddress, z.array(macAddress).min(1).max(16)])
    .transform((macs): readonly string[] => [macs].flat()),
  ip: orNull(cidr),
  known_servers: z.array(server).default([]),
  wipe: orNull(
    text(
      (value) => /^[\w.-]{1,64}$/.test(value),
      'is not a valid wipe token',
      'any new word of letters and digits, such as 2026-11-24',
    ),
  ),
  removed: z.boolean().default(false),
  ...optional(settings),
});

export interface NodeDefaults {
  readonly arch: Arch;
  readonly role: Role;
  readonly boot: BootMode;
  readonly disk: string;
}

/** `defaults:`, with a value for everything that `network:` and `ssh:` do not provide. */
export function defaultsSchema(defaults: NodeDefaults) {
  return z
    .strictObject({
      ...optional(settings),
      arch: settings.arch.default(defaults.arch),
      role: settings.role.default(defaults.role),
      boot: settings.boot.default(defaults.boot),
      disk: settings.disk.default(defaults.disk),
      kernel_args: settings.kernel_args.default([]),
      timezone: orNull(settings.timezone),
      locale: orNull(settings.locale),
      ntp: settings.ntp.default([]),
      extra_user_data: orNull(settings.extra_user_data),
    })
    .prefault({});
}
