# A boot from the disk: GRUB has loaded kernel and initrd from a slot, which has everything else too.
# Nothing here uses the network.
# shellcheck shell=sh

# Seconds to wait for the seed's card before another one is looked at.
LOCAL_NIC_WAIT=15

# use_slot: the slot's own list and seed replace what a network boot fetches.
use_slot() {
	local slot="$BOOT_DIR/$HOMEPBP_SLOT"
	say "booting from slot $HOMEPBP_SLOT on the disk"
	if ! is_whole "$HOMEPBP_SLOT" || ! cp "$slot/fetch.list" "$FETCH_LIST" ||
		! cp -r "$(seed_of_slot "$HOMEPBP_SLOT")" "$SEED_DIR"; then
		give_up_slot "it is incomplete"
	fi
	[ "$(sha256_of "$FETCH_LIST")" = "$HOMEPBP_OS_SHA256" ] ||
		give_up_slot "its fetch.list does not match the SHA-256 on the kernel command line"
	check_fetch_list "$FETCH_LIST"
	SLOT="$HOMEPBP_SLOT"
}

# use_slot_image: this slot's image and no other, whose modules and seed might not fit.
use_slot_image() {
	use_image_of "$SLOT" || give_up_slot "its root image is damaged"
}

# look_at_disk: for recovery. Nothing is written, not even by a journal replay, and what is needed is
# copied to RAM.
look_at_disk() {
	load_module ext4
	settle_devices
	find_ours
	[ -z "$LABEL_FAULT" ] || say "disk: $LABEL_FAULT"
	mkdir -p "$BOOT_DIR"
	[ -n "$OUR_BOOT" ] && peek "$OUR_BOOT" "$BOOT_DIR"
}

copy_slot_image() {
	# shellcheck disable=SC2034 # read_listed sets them all
	local sha256='' bytes='' urls=''
	read_listed rootfs.squashfs
	check_memory
	say "copying the root image to RAM ($(mebibytes "$bytes"))"
	mkdir -p "$IMAGE_DIR"
	mount_tmpfs "$IMAGE_DIR" "$((bytes / 1024 + 64))k"
	cp "$BOOT_DIR/$SLOT/rootfs.squashfs" "$IMAGE"
	if [ "$(sha256_of "$IMAGE")" != "$sha256" ] || ! mount_image; then
		give_up_slot "its root image is damaged"
	fi
}

leave_disk() { umount "$BOOT_DIR"; }

give_up_slot() {
	give_up "slot $HOMEPBP_SLOT on the disk cannot be used: $1" "$BOOT_DIR/$HOMEPBP_SLOT" \
		"start Genesis (./homepbp start): a network boot repairs it; or choose the other slot in GRUB's menu"
}

# settle_nic: the seed's network-config names one card; without it, replace_nic picks another and says so.
settle_nic() {
	wait_for_nic "$BOOT_MAC" "$LOCAL_NIC_WAIT" >/dev/null || replace_nic ||
		say "  the network is not configured; add this machine's network card to nodes.yaml and reboot it while Genesis is running"
}
