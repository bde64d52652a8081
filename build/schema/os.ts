// `os:` → an Ubuntu release, or the user's own system.
import { z } from 'zod';
import { path } from './texts.ts';

/** The Ubuntu releases that nodes can run, oldest first. */
export const RELEASES = ['20.04', '22.04', '24.04', '26.04'] as const;
export type Release = (typeof RELEASES)[number];
const KERNELS = ['ga', 'hwe'] as const;
type Kernel = (typeof KERNELS)[number];

const custom = z.strictObject({
  kernel: path,
  initrd: path,
  rootfs: path,
  modules: z.union([path, z.array(path).min(1)]).optional(),
  busybox: path.optional(),
});

/** With `custom`, release and kernel are null unless written, which checks/systems.ts refuses. */
export type Os =
  | { readonly custom: null; readonly release: Release; readonly kernel: Kernel }
  | {
      readonly custom: z.output<typeof custom>;
      readonly release: Release | null;
      readonly kernel: Kernel | null;
    };

export interface OsDefaults {
  readonly release: Release;
  readonly kernel: Kernel;
}

export function osSchema(defaults: OsDefaults) {
  return z
    .strictObject({
      release: z.enum(RELEASES).exactOptional().meta({ default: defaults.release }),
      kernel: z.enum(KERNELS).exactOptional().meta({ default: defaults.kernel }),
      custom: custom.optional(),
    })
    .prefault({})
    .transform(
      ({ custom, ...written }): Os =>
        custom === undefined
          ? { ...defaults, ...written, custom: null }
          : { release: null, kernel: null, ...written, custom },
    );
}
