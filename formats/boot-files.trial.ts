// For tests: kernels, initrds, root images and packages with nothing but their magic numbers.

/** A kernel, followed by a text that distinguishes it from others. */
export function trialKernel(arch: 'amd64' | 'arm64', text = ''): Buffer {
  const head = Buffer.alloc(0x238);
  if (arch === 'arm64') head.write('ARMd', 0x38);
  else {
    head.write('HdrS', 0x202);
    head.writeUInt16LE(0x020f, 0x206);
    head.writeUInt16LE(1, 0x236);
  }
  return Buffer.concat([head, Buffer.from(text)]);
}

/** The start of an EFI program for a machine. */
export function trialEfi(machine: number, mark: 'zimg' | 'linux' | null): Buffer {
  const head = Buffer.alloc(0x80);
  head.write('MZ');
  if (mark === 'zimg') head.write('zimg', 4);
  if (mark === 'linux') head.write('\xcd\x23\x82\x81', 0x38, 'latin1');
  head.writeUInt32LE(0x40, 0x3c);
  head.write('PE', 0x40);
  head.writeUInt16LE(machine, 0x44);
  return head;
}

export const TRIAL_INITRD = '070701 initrd';
export const TRIAL_ROOT = 'hsqs root image';
export const TRIAL_DEB = '!<arch>\ndebian-binary';
