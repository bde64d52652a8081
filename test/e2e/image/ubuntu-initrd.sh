#!/bin/sh
# Makes an initrd as Ubuntu 20.04 has it of Debian's: microcode in front, then legacy lz4, which has no
# end mark. HomePBP may use its modules, udev and kmod; everything else in it differs between releases,
# and says so on the console when it is run.
#
# usage: ubuntu-initrd.sh INITRD BUSYBOX OUT
# INITRD is one zstd archive, BUSYBOX a static one. Needs zstd, lz4 and cpio.
set -eu

initrd=${1:?} busybox=${2:?} out=${3:?}
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/main/e2e" "$work/early/kernel/x86/microcode"

zstd -qdc "$initrd" >"$work/main.cpio"
(cd "$work/main" && cpio --extract --make-directories --quiet <"$work/main.cpio")
cp "$busybox" "$work/main/e2e/busybox"

# What udev and its rules run (grep RUN, PROGRAM and IMPORT in usr/lib/udev/rules.d), and kmod.
kept=' kmod udevadm dmsetup '

# trap_file PATH: reports who runs or sources it, by a shell that needs nothing of this initrd.
trap_file() {
  rm "$work/main/$1"
  printf '#!/e2e/busybox sh\n/e2e/busybox echo "<1>E2E: the initrd'\''s own %s was run" >/dev/kmsg\nexit 1\n' "$1" >"$work/main/$1"
  chmod 0755 "$work/main/$1"
}

cd "$work/main"
find usr/bin usr/sbin scripts init ! -type d | while read -r path; do
  target=$(readlink "$path") || target=$path
  case $kept in *" ${target##*/} "*) continue ;; esac
  trap_file "$path"
done
for program in usr/bin/udevadm usr/bin/kmod usr/lib/systemd/systemd-udevd; do
  [ -s "$program" ] || { echo "the initrd has no $program" >&2; exit 1; }
  ! grep -q '^#!/e2e' "$program" || { echo "$program is no longer kept" >&2; exit 1; }
done

echo 'no microcode' >"$work/early/kernel/x86/microcode/AuthenticAMD.bin"
echo 'no microcode' >"$work/early/kernel/x86/microcode/GenuineIntel.bin"
pack() { (cd "$1" && find . | sort | cpio --create --format=newc --quiet); }
pack "$work/early" >"$work/initrd"
pack "$work/main" >"$work/main.cpio"
lz4 -q -l -9 -c "$work/main.cpio" >>"$work/initrd"
mv "$work/initrd" "$out"
