// For tests: ELF programs with nothing but headers.

export interface TrialElf {
  readonly arch: 'amd64' | 'arm64';
  /** The loader, for one that is not static. */
  readonly interpreter?: string;
  /** What follows the headers. */
  readonly text?: string;
}

/** A program for elf.ts; the kernel would not run it. */
export function trialElf({ arch, interpreter, text = '' }: TrialElf): Buffer {
  const headers = interpreter === undefined ? 1 : 2;
  const loader = Buffer.from(interpreter === undefined ? '' : `${interpreter}\0`);
  const head = Buffer.alloc(64 + headers * 56);
  head.write('\x7fELF\x02\x01\x01', 'latin1');
  head.writeUInt16LE(interpreter === undefined ? 2 : 3, 16);
  head.writeUInt16LE({ amd64: 62, arm64: 183 }[arch], 18);
  head.writeBigUInt64LE(0x401000n, 24);
  head.writeBigUInt64LE(64n, 32);
  head.writeUInt16LE(56, 54);
  head.writeUInt16LE(headers, 56);
  head.writeUInt32LE(1, 64);
  if (headers === 2) {
    head.writeUInt32LE(3, 120);
    head.writeBigUInt64LE(BigInt(head.length), 128);
    head.writeBigUInt64LE(BigInt(loader.length), 152);
  }
  return Buffer.concat([head, loader, Buffer.from(text)]);
}

/** A busybox for these checks: static, with its banner. */
export function trialBusybox(arch: TrialElf['arch']): Buffer {
  return trialElf({ arch, text: 'BusyBox v1.36.1 (Ubuntu 1:1.36.1-6ubuntu3.1)\0' });
}
