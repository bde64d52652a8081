#!/bin/sh
# Makes the small test root: what HomePBP's initramfs steps run by chroot, and an init that reports
# and powers off. For cases that look at disks and boots and need no systemd and no cloud-init: it is up
# in seconds. Its programs are the test image's own.
#
# usage: recipe.sh OUT ROOTFS.SQUASHFS
# Needs root and squashfs-tools. OUT (a squashfs image) must not exist.
set -eu

out=$1
full=$2
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT

# coreutils first: HomePBP's scripts meet GNU's in Ubuntu's images; busybox fills in the rest.
programs='sh cat chmod cp date dd ln ls mkdir mkdosfs mktemp mv readlink rm rmdir sha256sum sleep stat sync touch tr
sfdisk sgdisk blkid wipefs flock blockdev findmnt lsblk mount umount chroot
mke2fs mkfs.ext4 e2fsck debugfs dumpe2fs resize2fs mkfs.vfat fsck.vfat
udevadm kmod modprobe depmod dpkg-deb tar ssh-keygen sed grep cmp busybox'

unsquashfs -no-progress -quiet -dest "$work/full" "$full" >/dev/null
mkdir -p "$work/root/usr/bin"
for folder in dev etc proc root run sys tmp var/lib var/log usr/lib usr/lib64 usr/sbin; do
  mkdir -p "$work/root/$folder"
done
for link in bin sbin lib lib64; do ln -s "usr/$link" "$work/root/$link"; done

# copy PATH: a file of the full root, and what it links to, to the same places.
copy() {
  target=$(chroot "$work/full" readlink -f "$1")
  mkdir -p "$work/root${target%/*}" "$work/root${1%/*}"
  cp "$work/full$target" "$work/root$target"
  [ "$target" = "$1" ] || [ -e "$work/root$1" ] || ln -s "$target" "$work/root$1"
}

for program in $programs; do
  path=$(chroot "$work/full" sh -c "command -v $program") || { echo "the test image has no $program" >&2; exit 1; }
  copy "$(chroot "$work/full" sh -c "cd ${path%/*} && pwd -P")/$program"
  # A script has no libraries.
  chroot "$work/full" ldd "$path" 2>/dev/null | sed -n 's/.*[ \t]\(\/[^ ]*\) (0x.*/\1/p' >>"$work/libraries"
done
sort -u "$work/libraries" | while read -r library; do copy "$library"; done
chroot "$work/root" busybox --list | while read -r applet; do
  [ -e "$work/root/usr/bin/$applet" ] || [ -e "$work/root/usr/sbin/$applet" ] || ln -s busybox "$work/root/usr/bin/$applet"
done

printf 'root:x:0:0:root:/root:/bin/sh\n' >"$work/root/etc/passwd"
printf 'root:x:0:\n' >"$work/root/etc/group"
cp "$work/full/etc/mke2fs.conf" "$work/root/etc/"
: >"$work/root/etc/machine-id"
rm -f "$work/root/usr/sbin/init" "$work/root/usr/bin/init"
cp "$here/init" "$work/root/usr/sbin/init"
chmod 0755 "$work/root/usr/sbin/init"

mksquashfs "$work/root" "$work/image" -comp zstd -Xcompression-level 3 -noappend -quiet -no-progress
mv "$work/image" "$out"
