#!/bin/sh
# mmdebstrap's last hook. usage: customize.sh ROOT OUT KERNEL-PACKAGE
set -eu

root=${1:?} out=${2:?} kernel=${3:?}
export DEBIAN_FRONTEND=noninteractive

# Everything that installs or removes runs by chroot: apt and dpkg outside it would work on the host.
version=$(ls "$root/lib/modules")
cp "$root/boot/vmlinuz-$version" "$out/vmlinuz"
cp "$root/boot/initrd.img-$version" "$out/initrd"
(cd "$out/modules" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download "linux-image-$version")
# What fetch resolves for Ubuntu: GRUB and what the root lacks of the libraries that it needs.
(cd "$out/grub" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download \
  grub-common grub2-common grub-pc-bin grub-efi-amd64-bin libdevmapper1.02.1)

chroot "$root" dpkg --purge "$kernel" "linux-image-$version"
rm -rf "$root/lib/modules" "${root:?}"/boot/* "$root"/vmlinuz* "$root"/initrd.img*

# Ubuntu's images: no host keys, no hostname, an empty machine-id, networkd and resolved enabled.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved e2e-report
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
