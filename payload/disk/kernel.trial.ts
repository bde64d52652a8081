// The kernel as trial disks need it: a /sys/block of the test's own, and partitions of loop devices.
// Kernels differ in whether they read a GPT on a loop device, so the tests' own `blockdev --rereadpt`
// does it instead.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the kernel does on rereading a table: partitions as devices, and their names in /sys. */
const REREAD = `#!/bin/sh
# usage: reread DEVICE
partx -d "$1" 2>/dev/null
for dir in "$FAKE_SYS"/block/*; do
  grep -qx "DEVNAME=\${1#/dev/}" "$dir/uevent" || continue
  rm -rf "$dir"/loop*
  # The kernel does not fall back to the second table.
  sfdisk -d "$1" 2>&1 | grep -q 'primary GPT table is corrupt' && exit 0
  partx -a "$1" 2>/dev/null
  sfdisk -d "$1" 2>/dev/null | sed -n 's/^\\/dev\\/\\(loop[0-9]*p\\)\\([0-9]*\\) .*/\\1\\2 \\2 &/p' |
    while read -r part number line; do
      mkdir -p "$dir/$part"
      echo "$number" >"$dir/$part/partition"
      case "$line" in *name=*) echo "PARTNAME=$(echo "$line" | sed 's/.*name="\\([^"]*\\)".*/\\1/')" ;; esac >"$dir/$part/uevent"
    done
done
`;

const BLOCKDEV = `#!/bin/sh
if [ "$1" = --rereadpt ]; then exec "\${0%/*}/reread" "$2"; fi
PATH="\${PATH#*:}" exec blockdev "$@"
`;

/** The whole machine's would wait for what every other program has written. */
const SYNC = `#!/bin/sh
[ $# -eq 0 ] || PATH="\${PATH#*:}" exec sync "$@"
for dir in "$FAKE_SYS"/block/*; do
  [ -e "$dir/uevent" ] || continue
  device="/dev/$(sed -n 's/^DEVNAME=//p' "$dir/uevent")"
  for device in "$device" "$device"p*; do
    [ ! -b "$device" ] || set -- "$@" "$device"
  done
done
[ $# -eq 0 ] || PATH="\${PATH#*:}" exec sync "$@"
`;

export interface TrialKernel {
  /** For the programs: PATH with the kernel's own first, and where its /sys is. */
  readonly env: Readonly<Record<string, string>>;
  /** Shows a device as a disk; what it gives says an attribute of it, such as `removable`. */
  show(name: string, device: string, bytes: number): (attribute: string, value: string) => void;
  /** Has a device's table read. */
  reread(device: string): void;
  /** What was written to its disks is in their images. */
  sync(): void;
}

/**
 * Makes a kernel without disks.
 * @param folder stands for /
 * @param reread the program that reads a table; another where disks are no loop devices
 */
export function makeKernel(folder: string, reread = REREAD): TrialKernel {
  const sys = join(folder, 'sys');
  const tools = join(folder, 'tools');
  mkdirSync(join(sys, 'block'), { recursive: true });
  mkdirSync(tools);
  for (const [name, text] of Object.entries({ reread, blockdev: BLOCKDEV, sync: SYNC })) {
    writeFileSync(join(tools, name), text, { mode: 0o755 });
  }
  const env = { PATH: `${tools}:${process.env.PATH}`, FAKE_SYS: sys, HOMEPBP_SYSROOT: folder };
  const runTool = (name: string, words: readonly string[]) => {
    execFileSync(join(tools, name), words, { env, timeout: 60_000, stdio: 'pipe' });
  };
  return {
    env,
    show(name, device, bytes) {
      const place = join(sys, 'block', name);
      mkdirSync(join(place, 'device'), { recursive: true });
      const attribute = (file: string, value: string) =>
        writeFileSync(join(place, file), `${value}\n`);
      attribute('uevent', `DEVNAME=${device.slice('/dev/'.length)}`);
      attribute('size', String(bytes / 512));
      attribute('ro', '0');
      attribute('removable', '0');
      return attribute;
    },
    reread: (device) => runTool('reread', [device]),
    sync: () => runTool('sync', []),
  };
}

/** Debian's busybox sh prefers its own programs to those in PATH; functions come before both. */
export function noApplets(path: string): string {
  const tools = ['mke2fs', 'blkid', 'blockdev', 'dd', 'cmp', 'mount', 'umount', 'readlink', 'sync'];
  const found = tools.map((tool) => pathOf(tool, path));
  return tools.map((tool, index) => `${tool}() { ${found[index]} "$@"; }\n`).join('');
}

function pathOf(tool: string, path: string): string {
  const words = ['-c', `command -v ${tool}`];
  return execFileSync('sh', words, { encoding: 'utf8', env: { PATH: path } }).trim();
}
