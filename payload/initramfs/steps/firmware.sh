# Device firmware: some 500 MB, of which root images have none and initrds only what their own modules
# ask for. A node with a disk keeps it there, unpacked once for each set of packages; one without a disk
# does without. A failure here never ends the boot.
# shellcheck shell=sh

FIRMWARE_DIR="$STATE_DIR/firmware"
# How many times larger than its packages it unpacks, and what must stay free on STATE, in KiB.
FIRMWARE_FACTOR=3
FIRMWARE_SPARE=$((1024 * 1024))

# install_firmware: after the modules, and before the system that loads most of them.
install_firmware() {
	[ "$DISK_STATE" = mounted ] && [ -n "$(listed 'firmware/*')" ] || return 0
	# Interrupted between the two renames of keep_firmware.
	[ -d "$FIRMWARE_DIR/tree" ] || [ ! -d "$FIRMWARE_DIR/tree.old" ] || mv "$FIRMWARE_DIR/tree.old" "$FIRMWARE_DIR/tree"
	if is_firmware_there; then
		say "using the device firmware on the disk"
	elif [ "$HOMEPBP_BOOT" != disk ] && ! renew_firmware; then
		say "WARNING: could not update the device firmware: $FETCH_FAULT"
	fi
	if [ -d "$FIRMWARE_DIR/tree" ]; then
		use_firmware
	else
		say "WARNING: no device firmware on this disk; devices that need it may not work"
	fi
}

# is_firmware_there: complete, and from the listed packages: its stamp is written last.
is_firmware_there() {
	[ -d "$FIRMWARE_DIR/tree" ] && [ -f "$FIRMWARE_DIR/packages" ] &&
		[ "$(cat "$FIRMWARE_DIR/packages")" = "$(firmware_stamp)" ]
}

# shellcheck disable=SC2046 # one word a path
firmware_stamp() { stamp_of $(listed 'firmware/*'); }

# renew_firmware: the old firmware stays until the new one is complete.
renew_firmware() {
	local status=0
	rm -rf "$FIRMWARE_DIR/unpacked" "$FIRMWARE_DIR/package"
	mkdir -p "$FIRMWARE_DIR/unpacked"
	bind_into_root "$FIRMWARE_DIR"
	has_room_for_firmware && unpack_firmware || status=1
	unbind_from_root "$FIRMWARE_DIR"
	[ "$status" != 0 ] || keep_firmware || status=1
	rm -rf "$FIRMWARE_DIR/unpacked" "$FIRMWARE_DIR/package"
	return "$status"
}

has_room_for_firmware() {
	local free needed
	needed=$(($(total_bytes 'firmware/*') * FIRMWARE_FACTOR / 1024 + FIRMWARE_SPARE))
	free="$(free_kibibytes "${FIRMWARE_DIR#"$HOMEPBP_SYSROOT"}")"
	[ "$free" -lt "$needed" ] || return 0
	FETCH_FAULT="STATE has $((free / 1024)) MiB free, but $((needed / 1024)) MiB are needed"
	return 1
}

# free_kibibytes FOLDER: as the assembled root has it, by its own df.
free_kibibytes() {
	local kibibytes=''
	in_root df -kP "$1" | {
		read -r _
		read -r _ _ _ kibibytes _
		printf '%s' "${kibibytes:-0}"
	}
}

# shellcheck disable=SC2046 # one word a path
unpack_firmware() { unpack_listed "$FIRMWARE_DIR" $(listed 'firmware/*'); }

# keep_firmware: the old tree stays beside the new one until that has its name.
keep_firmware() {
	FETCH_FAULT='its packages have no lib/firmware, or the disk could not be written'
	merge_firmware || return 1
	rm -rf "$FIRMWARE_DIR/packages" "$FIRMWARE_DIR/tree.old"
	[ ! -d "$FIRMWARE_DIR/tree" ] || mv "$FIRMWARE_DIR/tree" "$FIRMWARE_DIR/tree.old" || return 1
	mv "$FIRMWARE_DIR/unpacked/lib/firmware" "$FIRMWARE_DIR/tree" && sync &&
		firmware_stamp >"$FIRMWARE_DIR/packages.new" && sync &&
		mv "$FIRMWARE_DIR/packages.new" "$FIRMWARE_DIR/packages" || return 1
	rm -rf "$FIRMWARE_DIR/tree.old"
	say "device firmware is on the disk"
}

# merge_firmware: packages from before and after /usr was merged put it in different places.
merge_firmware() {
	local tree="$FIRMWARE_DIR/unpacked/lib/firmware" merged="$FIRMWARE_DIR/unpacked/usr/lib/firmware"
	if [ ! -d "$merged" ]; then
		[ -d "$tree" ]
	elif [ -d "$tree" ]; then
		cp -a "$merged/." "$tree/"
	else
		mkdir -p "${tree%/*}" && mv "$merged" "$tree"
	fi
}

# use_firmware: the kernel looks there first, then in /lib/firmware. Not bind-mounted over that: an image
# may have firmware of its own.
use_firmware() {
	local place="$HOMEPBP_SYSROOT/sys/module/firmware_class/parameters/path"
	printf '%s' "${FIRMWARE_DIR#"$HOMEPBP_SYSROOT"}/tree" 2>/dev/null >"$place" ||
		say "WARNING: could not tell this kernel where its firmware is"
}
