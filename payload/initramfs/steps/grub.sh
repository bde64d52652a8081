# GRUB on the node's disk, installed once for each kind of firmware: while it works it is left alone,
# since its images cannot be replaced without a moment in which the disk would not boot.
# shellcheck shell=sh

# shellcheck disable=SC2153 # from console.sh
GRUB_DIR="$RUN_DIR/grub"
ESP_DIR="$RUN_DIR/esp"

# install_bootloader: after commit_cache. Failures are reported, and the node works without local boot.
install_bootloader() {
	[ -n "$SLOT" ] && is_mounted "$BOOT_DIR" || return 0
	mkdir -p "$BOOT_DIR/grub"
	place_grub_files || say "WARNING: could not write grub.cfg to the disk; this machine cannot boot without Genesis"
	[ ! -e "$BOOT_DIR/grub/installed" ] || return 0
	if [ -z "$(grub_packages)" ] && ! in_root sh -c 'command -v grub-mkimage' >/dev/null; then
		say "WARNING: no local boot: no GRUB packages in $HOMEPBP_OS/debs/ (grub-common, grub-pc-bin, grub-efi-amd64-bin)"
		return 0
	fi
	unpack_grub && install_grub
	remove_grub_folder
}

# place_grub_files: grub.cfg by rename, if it has changed; grubenv if there is none.
place_grub_files() {
	local text source="$HOMEPBP_SYSROOT/homepbp/node/grub"
	text="$(cat "$source/grub.cfg")"
	if [ "$(cat "$BOOT_DIR/grub/grub.cfg" 2>/dev/null)" != "$text" ]; then
		replace_boot_file grub/grub.cfg "$text" || return 1
	fi
	[ -s "$BOOT_DIR/grub/grubenv" ] || clear_tries "$source/grubenv"
}

unpack_grub() {
	mkdir -p "$GRUB_DIR"
	mount_tmpfs "$GRUB_DIR" 256m
	bind_into_root "$GRUB_DIR"
	mkdir -p "$GRUB_DIR/unpacked"
	# shellcheck disable=SC2046 # one word a path
	unpack_listed "$GRUB_DIR" $(useful_grub_packages) || {
		say "WARNING: no local boot: $FETCH_FAULT"
		return 1
	}
}

# useful_grub_packages: only programs, their libraries and GRUB's own images are of use.
useful_grub_packages() {
	local path
	for path in $(grub_packages); do
		case "$path" in
		debs/debconf* | debs/os-prober* | debs/ucf* | debs/mokutil* | debs/sensible-utils*) ;;
		*) printf '%s\n' "$path" ;;
		esac
	done
}

# install_grub: for both kinds of firmware, so that the disk may move between them.
install_grub() {
	local done=''
	bind_into_root "$BOOT_DIR"
	bind_system dev proc sys
	if [ "$(uname -m)" = x86_64 ]; then
		run_grub_install bios "${BOOT_DIR#"$HOMEPBP_SYSROOT"}" "$DISK_DEVICE" && done=' bios'
	fi
	if mount_esp; then
		run_grub_install uefi "${BOOT_DIR#"$HOMEPBP_SYSROOT"}" "${ESP_DIR#"$HOMEPBP_SYSROOT"}" && done="$done uefi"
		unbind_from_root "$ESP_DIR"
		umount "$ESP_DIR"
	fi
	unbind_system dev proc sys
	unbind_from_root "$BOOT_DIR"
	[ -z "$done" ] || replace_boot_file grub/installed "for:$done"
}

# run_grub_install KIND BOOT TARGET: paths as the assembled root has them.
run_grub_install() {
	local line
	if in_root "/$PAYLOAD_PLACE/grub/install" "$1" "${GRUB_DIR#"$HOMEPBP_SYSROOT"}/unpacked" "$2" "$3" \
		>"$RUN_DIR/grub-$1.log" 2>&1; then
		say "boot loader: GRUB for $1 is on the disk"
		return 0
	fi
	say "WARNING: no local boot on $1 machines: GRUB could not be installed"
	while IFS= read -r line; do say "  $line"; done <"$RUN_DIR/grub-$1.log"
	return 1
}

# mount_esp: FAT and its code pages are in no initrd, but among the modules of the assembled root.
mount_esp() {
	local module
	mkdir -p "$ESP_DIR"
	for module in vfat nls_cp437 nls_ascii nls_iso8859-1 nls_utf8; do
		load_module "$module" || in_root modprobe -q "$module"
	done
	[ -n "$ESP_DEVICE" ] && mount -t vfat "$ESP_DEVICE" "$ESP_DIR" && bind_into_root "$ESP_DIR" && return
	say "WARNING: no local boot on UEFI machines: HOMEPBP_ESP (${ESP_DEVICE:-missing}) cannot be mounted"
	return 1
}

remove_grub_folder() {
	! is_mounted "$GRUB_DIR" || {
		unbind_from_root "$GRUB_DIR"
		umount "$GRUB_DIR"
	}
}
