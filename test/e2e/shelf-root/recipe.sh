#!/bin/sh
# Makes the root that the machines of a whole shelf boot: the test image's own root with etcd in it, for
# the stand-in for k3s, and without its reporter, which powers a machine off.
#
# usage: recipe.sh OUT ROOTFS.SQUASHFS
# Needs root and squashfs-tools, and the host's etcd (the same Debian as the root). OUT must not exist.
set -eu

out=$1
full=$2
work=$(mktemp -d "$out.XXXXXX")
trap 'rm -rf "$work"' EXIT

unsquashfs -no-progress -quiet -dest "$work/root" "$full" >/dev/null
cp "$(command -v etcd)" "$work/root/usr/bin/etcd"
rm "$work/root/etc/systemd/system/multi-user.target.wants/e2e-report.service"
mksquashfs "$work/root" "$out" -comp zstd -Xcompression-level 3 -noappend -quiet -no-progress
