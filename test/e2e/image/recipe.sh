#!/bin/sh
# Makes the test image: kernel, initrd, root, kernel package and GRUB's packages apart, as Ubuntu
# publishes them; and of the same kernel two more initrds, one shaped as Ubuntu's and one by dracut.
# The root keeps neither kernel package nor /lib/modules, so that a boot shows whether HomePBP
# brings the modules itself.
#
# usage: recipe.sh OUT [apt source line …]
# Needs root, mmdebstrap, squashfs-tools, zstd, lz4 and cpio. OUT must not exist. $APT_OPTIONS is a file of apt.conf
# lines for the download.
set -eu

out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)

# busybox, kmod, udev, initramfs-tools: what Ubuntu's initrd is made with. gdisk, parted, dosfstools,
# e2fsprogs, curl, sudo, locales: in Ubuntu's server image, missing from Debian's smallest one.
packages=systemd-sysv,dbus,udev,kmod,dpkg,iproute2,iputils-ping,netplan.io,systemd-resolved
packages=$packages,cloud-init,openssh-server,sudo,locales,ca-certificates,curl,python3,zstd,iptables
packages=$packages,initramfs-tools,busybox,gdisk,parted,dosfstools,e2fsprogs
kernel=linux-image-cloud-amd64

mkdir "$out" "$out/modules" "$out/grub"
mmdebstrap --mode=root --variant=minbase --format=directory --quiet \
  --include="$packages,$kernel" --aptopt="$APT_OPTIONS" \
  --essential-hook="cp -rT --no-preserve=ownership '$here/root' \"\$1\"" \
  --customize-hook="'$here/customize.sh' \"\$1\" '$out' $kernel" \
  bookworm "$out/root" "$@"

sh "$here/ubuntu-initrd.sh" "$out/initrd" "$out/busybox" "$out/initrd-ubuntu"

[ ! -e "$out/root/lib/modules" ] || { echo "the test root still has /lib/modules" >&2; exit 1; }
mksquashfs "$out/root" "$out/rootfs.squashfs" \
  -comp zstd -Xcompression-level 3 -noappend -quiet -no-progress
rm -rf "$out/root"
