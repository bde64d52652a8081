// Whether the files of `os.custom` have the right format.
import { open } from 'node:fs/promises';
import type { Arch } from '../contract/inventory.ts';
import { kernelMachine, packedKindOf, whyNoInitrd } from '../formats/boot-files.ts';
import { HEAD_BYTES, kindOf } from '../formats/kind.ts';
import type { Fault } from './faults.ts';

type Problem = Pick<Fault, 'message' | 'hint'>;

const KERNELS: Readonly<Record<Arch, string>> = {
  amd64: 'a bzImage, such as /boot/vmlinuz-6.8.0-63-generic',
  arm64: 'an Image, plain, gzipped or as an EFI program, such as /boot/vmlinuz-…',
};

/**
 * The problem with a file; null when it is right, or when any file will do.
 * @param name in `os/custom-<arch>/`
 */
export async function contentProblem(
  { name, source }: { readonly name: string; readonly source: string },
  arch: Arch,
): Promise<Problem | null> {
  if (name === 'vmlinuz') return kernelProblem(source, await readHead(source), arch);
  if (name === 'initrd') return initrdProblem(source, await readHead(source));
  if (name === 'rootfs.squashfs') {
    return kindProblem(
      source,
      await readHead(source),
      'a squashfs image',
      'create one with mksquashfs',
    );
  }
  if (!name.endsWith('.deb')) return null;
  const hint = 'it may be a truncated download or an error page: download it again';
  return kindProblem(source, await readHead(source), 'a Debian package', hint);
}

async function readHead(path: string): Promise<Buffer> {
  const handle = await open(path);
  const { buffer, bytesRead } = await handle
    .read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    .finally(() => handle.close());
  return buffer.subarray(0, bytesRead);
}

function kernelProblem(source: string, head: Uint8Array, arch: Arch): Problem | null {
  const machine = kernelMachine(head);
  if (machine === arch) return null;
  if (machine === null) {
    return {
      message: `${source} is not a Linux kernel but ${packedKindOf(head)}`,
      hint: KERNELS[arch],
    };
  }
  return {
    message: `${source} is a kernel for ${machine}, but the nodes are ${arch}`,
    hint: "use a kernel for their architecture, or fix 'arch'",
  };
}

function initrdProblem(source: string, head: Uint8Array): Problem | null {
  const kind = whyNoInitrd(head);
  if (kind === null) return null;
  return {
    message: `${source} is not an initrd but ${kind}`,
    hint: 'a newc cpio archive, plain or compressed, such as /boot/initrd.img-…',
  };
}

function kindProblem(
  source: string,
  head: Uint8Array,
  wanted: 'a squashfs image' | 'a Debian package',
  hint: string,
): Problem | null {
  if (kindOf(head) === wanted) return null;
  return { message: `${source} is not ${wanted} but ${packedKindOf(head)}`, hint };
}
