# The root: a squashfs image in RAM, read-only, under a writable layer in RAM.
# shellcheck shell=sh

# tmpfs mounts of their own below /run, which moves into the running system as a whole: so the
# layers stay reachable after switch_root, at the same paths. (The initramfs itself may be
# capped at half of the RAM, and is emptied.)
IMAGE_DIR="$RUN_DIR/image"
IMAGE="$IMAGE_DIR/rootfs.squashfs"
LOWER="$RUN_DIR/lower"
OVERLAY_DIR="$RUN_DIR/overlay"

# fetch_image: the root image into RAM, verified, mounted at $LOWER.
fetch_image() {
	mkdir -p "$IMAGE_DIR"
	mount_tmpfs "$IMAGE_DIR" "$(($(total_bytes rootfs.squashfs) / 1024 + 64))k"
	fetch_listed rootfs.squashfs "$IMAGE"
	mount_image || give_up "the root image cannot be mounted" "$IMAGE (squashfs, loop)" \
		"check that it is a squashfs image that this kernel ($(uname -r)) can read"
}

# mount_image: 0 when the image is, or already was, mounted.
mount_image() {
	[ ! -e "$LOWER/etc" ] || return 0
	load_module loop
	load_module squashfs
	mkdir -p "$LOWER"
	mount -t squashfs -o ro,loop "$IMAGE" "$LOWER"
}

# forget_image: unmounts the file before it is downloaded again.
forget_image() {
	[ ! -e "$LOWER/etc" ] || umount "$LOWER"
}

# mount_tmpfs DIRECTORY SIZE: SIZE is an upper bound, not a reservation.
mount_tmpfs() {
	mount -t tmpfs -o "size=$2,mode=0755" homepbp "$1" ||
		give_up "could not mount a tmpfs" "$1" "report this: the kernel has no tmpfs"
}

# lay_overlay: $LOWER and a writable layer become $NEW_ROOT. The source is called overlayroot
# because cloud-init knows not to resize that one; any other makes it warn, and newer
# releases then call the node degraded.
lay_overlay() {
	load_module overlay
	mkdir -p "$OVERLAY_DIR"
	mount_tmpfs "$OVERLAY_DIR" 50%
	mkdir -p "$OVERLAY_DIR/upper" "$OVERLAY_DIR/work"
	mount -t overlay -o "lowerdir=$LOWER,upperdir=$OVERLAY_DIR/upper,workdir=$OVERLAY_DIR/work" \
		overlayroot "$NEW_ROOT" || give_up "the overlay cannot be mounted" "$NEW_ROOT" \
		"the initrd needs the module 'overlay' for kernel $(uname -r)"
	say "root image in place under a writable layer in RAM"
}

# Units that would update the image's software, or wait for that.
MASKED_UNITS='snapd.service snapd.socket snapd.seeded.service snapd.apparmor.service
snapd.autoimport.service snapd.core-fixup.service snapd.snap-repair.timer
unattended-upgrades.service apt-daily.timer apt-daily-upgrade.timer apt-daily.service
apt-daily-upgrade.service'

# tell_at_login TEXT: a line on the console (issue) and after login (motd).
tell_at_login() {
	printf '%s\n' "$1" >>"$NEW_ROOT/etc/issue"
	printf '%s\n' "$1" >>"$NEW_ROOT/etc/motd"
}

# settle_root: the image's own disks and self-updates do not apply here.
settle_root() {
	local unit
	echo '# Replaced by HomePBP: the root is an overlay in RAM, mounted by the initramfs.' \
		>"$NEW_ROOT/etc/fstab"
	mkdir -p "$NEW_ROOT/etc/systemd/system"
	for unit in $MASKED_UNITS; do
		ln -sf /dev/null "$NEW_ROOT/etc/systemd/system/$unit"
	done
}
