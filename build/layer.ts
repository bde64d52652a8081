// Our initramfs layer: the node part of payload/, and the busybox that runs it.
import { type CpioEntry, packCpio } from './cpio.ts';

/** Where payload/initramfs/init expects it. */
const BUSYBOX = 'homepbp/bin/busybox';

/**
 * The layer for one architecture, an uncompressed archive (contract/paths.ts says why).
 * @param busybox the static program for that architecture
 */
export function packLayer(payload: readonly CpioEntry[], busybox: Uint8Array): Uint8Array {
  return packCpio([...payload, { path: BUSYBOX, mode: 0o755, content: busybox }]);
}
