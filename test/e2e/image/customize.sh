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

# What HomePBP brings into the initramfs itself, and what Ubuntu 26.04 makes its initrd with; that one
# is gone again before the root is packed.
(cd "$out" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download busybox-static &&
  dpkg-deb --fsys-tarfile busybox-static_*.deb | tar -x --to-stdout ./bin/busybox >busybox &&
  chmod 0755 busybox && rm busybox-static_*.deb)
mkdir "$root/e2e"
(cd "$root/e2e" && APT_CONFIG=$MMDEBSTRAP_APT_CONFIG apt-get -qq download dracut-core kpartx)
chroot "$root" sh -c 'dpkg -i /e2e/*.deb' >/dev/null
chroot "$root" dracut --quiet --no-hostonly --kver "$version" --compress zstd \
  --add-drivers '=drivers/net squashfs overlay loop' /e2e/initrd
mv "$root/e2e/initrd" "$out/initrd-dracut"
chmod 0644 "$out/initrd-dracut"
chroot "$root" dpkg --purge dracut-core kpartx >/dev/null
rm -r "$root/e2e"

chroot "$root" dpkg --purge "$kernel" "linux-image-$version"
rm -rf "$root/lib/modules" "${root:?}"/boot/* "$root"/vmlinuz* "$root"/initrd.img*

# Ubuntu's images: no host keys, no hostname, an empty machine-id, networkd and resolved enabled.
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/hostname" "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
chroot "$root" systemctl --quiet enable systemd-networkd systemd-resolved e2e-report
ln -sf ../run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
