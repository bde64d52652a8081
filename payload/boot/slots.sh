# The two slots of HOMEPBP_BOOT, each with all that this machine needs to boot without the network:
#
#   a/ b/          kernel, initrd, our layer, root image, module packages, fetch.list, seed/
#   <slot>/slot.cfg   what GRUB needs to know; written last: a slot without it is incomplete
#   <slot>/proven     a system has booted from exactly these files
#   current.cfg    which slot to boot; GRUB reads it, only we write it, always by rename
#   grub/grubenv   how often GRUB tried which slot; GRUB writes it in place, bypassing the file
#                  system, so it holds nothing else: if damaged, only counts are lost
#
# Sourced by the initramfs and by the running system; BOOT_DIR is where HOMEPBP_BOOT is mounted.
# shellcheck shell=sh

# current_slot: the slot that GRUB boots; without a pointer, the complete one.
current_slot() {
	local line=''
	[ ! -r "$BOOT_DIR/current.cfg" ] || IFS= read -r line <"$BOOT_DIR/current.cfg"
	case "$line" in
	'set homepbp_current=a') printf a ;;
	'set homepbp_current=b') printf b ;;
	*) if ! is_whole a && is_whole b; then printf b; else printf a; fi ;;
	esac
}

other_slot() { if [ "$1" = a ]; then printf b; else printf a; fi; }

is_whole() { [ -s "$BOOT_DIR/$1/slot.cfg" ]; }

is_proven() { is_whole "$1" && [ -e "$BOOT_DIR/$1/proven" ]; }

# slot_to_replace: the one that is not in use; but if the one in use has never booted and the other has,
# that other one is the only good one, and stays.
slot_to_replace() {
	local current other
	current="$(current_slot)"
	other="$(other_slot "$current")"
	if ! is_whole "$current" || { ! is_proven "$current" && is_proven "$other"; }; then
		printf '%s' "$current"
	else
		printf '%s' "$other"
	fi
}

# point_to SLOT: from now on GRUB boots it.
point_to() {
	replace_boot_file current.cfg "set homepbp_current=$1"
}

# replace_boot_file NAME TEXT: atomically, even if the power fails.
replace_boot_file() {
	printf '%s\n' "$2" >"$BOOT_DIR/$1.new" && sync && mv -f "$BOOT_DIR/$1.new" "$BOOT_DIR/$1" && sync
}

# clear_tries EMPTY: resets GRUB's count of attempts; EMPTY is an environment block without variables.
clear_tries() {
	[ -d "$BOOT_DIR/grub" ] || return 0
	cp "$1" "$BOOT_DIR/grub/grubenv.new" && sync &&
		mv -f "$BOOT_DIR/grub/grubenv.new" "$BOOT_DIR/grub/grubenv" && sync
}

# remount_boot ro|rw: `ro` also flushes the journal, which GRUB does not read. Device and
# folder are both named because klibc's mount needs them.
remount_boot() {
	local device place rest
	while read -r device place rest; do
		[ "$place" != "$BOOT_DIR" ] || mount -o "remount,$1" "$device" "$place"
	done <"$HOMEPBP_SYSROOT/proc/mounts"
}
