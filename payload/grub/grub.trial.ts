// A disk as HomePBP makes it, with real GRUB on it, and machines that boot from it: SeaBIOS in QEMU.
// The kernel is a stub that writes its command line to the serial port and resets.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const HERE = import.meta.dirname;
const UUID = '6c1b62d5-0d1c-4c0e-9e3a-6f2f5d7c1a11';
const TABLE = `label: gpt
size=32MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="HOMEPBP_ESP"
size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="HOMEPBP_BIOS"
size=32MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="HOMEPBP_BOOT"
`;

/** Why these tests cannot run here; false where they can. */
export function whyNot(): string | false {
  if (process.platform !== 'linux') return 'needs Linux';
  if (process.getuid?.() !== 0) return 'needs root for loop devices';
  const tools = ['qemu-system-x86_64', 'sfdisk', 'mkfs.ext4', 'grub-mkimage'];
  const missing = tools.filter(
    (name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0,
  );
  return missing.length === 0 ? false : `lacks ${missing.join(' ')}`;
}

export function run(...words: string[]): string {
  const [program = '', ...args] = words;
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (status !== 0) throw error ?? new Error(`${words.join(' ')}: ${status}\n${stdout}${stderr}`);
  return stdout.trim();
}

/** Where HOMEPBP_BIOS and HOMEPBP_BOOT begin, in sectors, by the table above. */
const BIOS_AT = 2048 + 32 * 2048;
const BOOT_AT = BIOS_AT + 2048;

export class GrubDisk {
  readonly image: string;
  /** Where HOMEPBP_BOOT is mounted during `with`. */
  readonly boot: string;

  /** @param packages where GRUB's packages are unpacked */
  constructor(t: TestContext, packages = '/') {
    const folder = mkdtempSync(join(tmpdir(), 'homepbp-grub-'));
    t.after(() => rmSync(folder, { recursive: true }));
    this.image = join(folder, 'disk.img');
    this.boot = join(folder, 'boot');
    mkdirSync(this.boot);
    run('truncate', '-s', '68M', this.image);
    spawnSync('sfdisk', ['-q', this.image], { input: TABLE });
    const options = [
      '-q',
      '-F',
      '-U',
      UUID,
      '-L',
      'HOMEPBP_BOOT',
      '-O',
      '^metadata_csum_seed,^orphan_file',
    ];
    run('mkfs.ext4', ...options, '-E', `offset=${BOOT_AT * 512}`, this.image, '32M');
    this.with(() => {
      mkdirSync(join(this.boot, 'grub'));
      for (const name of ['grub.cfg', 'grubenv']) {
        copyFileSync(join(HERE, name), join(this.boot, 'grub', name));
      }
    });
    const core = join(folder, 'core.img');
    const script = 'here=$1; . "$1/image.sh"; make_image i386-pc "$2" "$3" "$4"';
    run('sh', '-c', script, 'sh', HERE, packages, UUID, core);
    this.#embed(readFileSync(join(packages, 'usr/lib/grub/i386-pc/boot.img')), readFileSync(core));
  }

  /**
   * What grub-bios-setup does, without a kernel that knows partitions: boot.img keeps the sector of
   * core.img at 0x5C; core.img's first sector keeps at 0x1F4 where its other ones are and go.
   */
  #embed(mbr: Buffer, core: Buffer): void {
    const disk = openSync(this.image, 'r+');
    mbr.writeBigUInt64LE(BigInt(BIOS_AT), 0x5c);
    core.writeBigUInt64LE(BigInt(BIOS_AT + 1), 0x1f4);
    core.writeUInt16LE(Math.ceil(core.length / 512) - 1, 0x1fc);
    core.writeUInt16LE(0x820, 0x1fe);
    writeSync(disk, mbr, 0, 440, 0);
    writeSync(disk, core, 0, core.length, BIOS_AT * 512);
    closeSync(disk);
  }

  /** Calls `work` with HOMEPBP_BOOT mounted. */
  with(work: () => void): void {
    // A loop device for each time: while another namespace still holds the one before, read-only, the
    // kernel would not mount that one to be written.
    const part = ['--offset', String(BOOT_AT * 512), '--sizelimit', String(32 << 20)];
    const device = run('losetup', '--find', '--show', ...part, this.image);
    try {
      run('mount', device, this.boot);
      try {
        work();
      } finally {
        // To the disk and out of the journal, which GRUB does not read, even if another namespace
        // holds the mount for a moment.
        run('mount', '-o', 'remount,ro', this.boot);
        run('umount', this.boot);
      }
    } finally {
      run('losetup', '--detach', device);
    }
  }

  /** A slot whose kernel shows its kernel line. */
  fillSlot(slot: 'a' | 'b', config: string): void {
    mkdirSync(join(this.boot, slot), { recursive: true });
    writeFileSync(join(this.boot, slot, 'vmlinuz'), TELLING_KERNEL);
    for (const name of ['initrd', 'homepbp.cpio'])
      writeFileSync(join(this.boot, slot, name), 'x'.repeat(4096));
    writeFileSync(join(this.boot, slot, 'slot.cfg'), config);
  }

  /** Starts a machine from the disk until it resets; what it said on the serial port. */
  async start(): Promise<string> {
    const machine = [
      '-accel',
      'tcg',
      '-m',
      '128',
      '-nographic',
      '-monitor',
      'none',
      '-net',
      'none',
    ];
    const drive = ['-drive', `if=virtio,format=raw,file=${this.image}`];
    const words = [...machine, '-no-reboot', '-serial', 'stdio', ...drive];
    const qemu = spawn('qemu-system-x86_64', words);
    const ended = once(qemu, 'close', { signal: AbortSignal.timeout(60_000) });
    let said = '';
    qemu.stdout.setEncoding('latin1').on('data', (chunk: string) => {
      const asked = said.match(ASKS_FOR_KEY)?.length ?? 0;
      said += chunk;
      // Otherwise it continues on its own ten seconds later.
      if ((said.match(ASKS_FOR_KEY)?.length ?? 0) > asked) qemu.stdin.write('\n');
    });
    try {
      await ended;
    } finally {
      qemu.kill('SIGKILL');
    }
    return said.replaceAll(/\x1b\[[0-9;?=]*[@-~]/g, '').replaceAll('\r', '');
  }
}

/** GRUB, after it has shown an error. */
const ASKS_FOR_KEY = /Press any key to continue/g;

/** A bzImage (Documentation/arch/x86/boot.rst) whose 32-bit code writes the kernel line to COM1 and resets. */
const TELLING_KERNEL = tellingKernel();

function tellingKernel(): Buffer {
  const code = [
    ...[0x8b, 0x9e, 0x28, 0x02, 0, 0], //      mov ebx, [esi+0x228]   cmd_line_ptr of boot_params
    ...[0x8a, 0x0b], //                  next: mov cl, [ebx]
    ...[0x66, 0xba, 0xfd, 0x03], //            mov dx, 0x3FD          line status
    ...[0xec], //                        busy: in al, dx
    ...[0xa8, 0x20], //                        test al, 0x20          transmitter empty
    ...[0x74, 0xfb], //                        jz busy
    ...[0x84, 0xc9], //                        test cl, cl
    ...[0x74, 0x0a], //                        jz done
    ...[0x66, 0xba, 0xf8, 0x03], //            mov dx, 0x3F8
    ...[0x88, 0xc8], //                        mov al, cl
    ...[0xee], //                              out dx, al
    ...[0x43], //                              inc ebx
    ...[0xeb, 0xe5], //                        jmp next
    ...[0xa8, 0x40], //                  done: test al, 0x40          shift register empty
    ...[0x75, 0x03], //                        jnz off
    ...[0xec], //                              in al, dx
    ...[0xeb, 0xf9], //                        jmp done
    ...[0xb0, 0xfe], //                   off: mov al, 0xFE
    ...[0xe6, 0x64], //                        out 0x64, al           the keyboard controller's reset
    ...[0xf4], //                        stop: hlt
    ...[0xeb, 0xfd], //                        jmp stop
  ];
  const kernel = Buffer.alloc(3 * 512);
  kernel[0x1f1] = 1; // setup_sects
  kernel.writeUInt16LE(0xaa55, 0x1fe);
  kernel.write('HdrS', 0x202);
  kernel.writeUInt16LE(0x020a, 0x206);
  kernel[0x211] = 1; // loadflags: LOADED_HIGH
  kernel.writeUInt32LE(0x100000, 0x214);
  kernel.writeUInt32LE(0x7fffffff, 0x22c); // initrd_addr_max
  kernel.writeUInt32LE(0x1000, 0x230); // kernel_alignment
  kernel[0x234] = 1; // relocatable_kernel
  kernel.writeUInt32LE(2047, 0x238); // cmdline_size
  kernel.writeBigUInt64LE(0x100000n, 0x258); // pref_address
  kernel.writeUInt32LE(0x10000, 0x260); // init_size
  Buffer.from(code).copy(kernel, 1024);
  return kernel;
}
