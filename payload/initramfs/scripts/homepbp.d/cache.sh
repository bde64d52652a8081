# What the disk keeps of a boot over the network, so that the next one needs less of it or none.
# A fault here never ends the boot: the machine then runs, but cannot start from its disk.
# shellcheck shell=sh

# The slot that holds what this machine boots; empty while none does.
SLOT=''

# use_cached_image: mounts $LOWER from the image of a slot if its SHA-256 is the listed one; else
# returns 1.
use_cached_image() {
	local slot
	for slot in a b; do
		use_image_of "$slot" && return
	done
	IMAGE="$IMAGE_DIR/rootfs.squashfs"
	return 1
}

use_image_of() {
	local sha256 bytes urls
	read_listed rootfs.squashfs
	IMAGE="$BOOT_DIR/$1/rootfs.squashfs"
	[ "$(file_size "$IMAGE")" = "$bytes" ] || return 1
	say "checking the root image on the disk (slot $1)"
	modprobe -q loop
	modprobe -q squashfs
	mkdir -p "$LOWER"
	if [ "$(sha256_of "$IMAGE")" = "$sha256" ] && mount_image; then
		has_sha256sum || check_list_hash
		say "the root image comes from the disk"
		return 0
	fi
	say "the root image in slot $1 is damaged; it is not used"
	forget_image
	return 1
}

# cache_files: all listed files into the slot that is not in use, as <slot>.new. Before the modules
# are unpacked: they are then fetched only once.
cache_files() {
	is_mounted "$BOOT_DIR" || return 0
	if SLOT="$(slot_with_list)"; then
		say "the disk has all of this in slot $SLOT"
		rm -rf "$BOOT_DIR"/?.new "$BOOT_DIR"/?.old
		return 0
	fi
	SLOT="$(slot_to_replace)"
	say "the disk's slot $SLOT takes what this machine boots"
	fill_slot || fail_cache "$FETCH_FAULT"
}

# fail_cache WHY
fail_cache() {
	say "WARNING: the disk's slot $SLOT could not be filled: $1"
	say "  this boot goes on; without Genesis the machine starts from the other slot, if there is one"
	rm -rf "$BOOT_DIR"/?.new
	SLOT=''
}

# slot_with_list: the slot that was filled by this very fetch.list, and has all its files.
slot_with_list() {
	local slot
	for slot in a b; do
		if is_whole "$slot" && has_line "$BOOT_DIR/$slot/slot.cfg" "set homepbp_list=$HOMEPBP_OS_SHA256" &&
			has_all_files "$BOOT_DIR/$slot"; then
			printf '%s' "$slot"
			return 0
		fi
	done
	return 1
}

has_line() {
	local line
	while IFS= read -r line; do
		[ "$line" != "$2" ] || return 0
	done <"$1"
	return 1
}

has_all_files() {
	local path sha256 bytes urls
	for path in $(slot_paths); do
		read_listed "$path"
		[ "$(file_size "$1/$path")" = "$bytes" ] || return 1
	done
}

# slot_paths: what a slot holds of the list. GRUB is on the disk itself.
slot_paths() {
	local path
	for path in vmlinuz initrd homepbp.cpio.gz rootfs.squashfs; do
		listed "$path"
	done
	module_packages
}

# fill_slot: first what the slots have already, by hard links; then the old slot goes, to make
# room; then the rest. The slot in use stays until the new one is whole.
fill_slot() {
	local path new="$BOOT_DIR/$SLOT.new"
	rm -rf "$BOOT_DIR"/?.new "$BOOT_DIR"/?.old
	mkdir "$new" || {
		FETCH_FAULT="$new could not be made"
		return 1
	}
	for path in $(slot_paths); do
		link_cached "$path" "$new"
	done
	leave_slot
	for path in $(slot_paths); do
		[ -e "$new/$path" ] || cache_file "$path" "$new" || return 1
	done
	cp "$FETCH_LIST" "$new/fetch.list" || FETCH_FAULT='the disk took no more' && [ -s "$new/fetch.list" ]
}

# leave_slot: no pointer leads to what is now taken away.
leave_slot() {
	[ "$(current_slot)" != "$SLOT" ] || ! is_whole "$(other_slot "$SLOT")" ||
		point_to "$(other_slot "$SLOT")"
	remount_boot ro
	remount_boot rw
	[ ! -e "$BOOT_DIR/$SLOT" ] || mv "$BOOT_DIR/$SLOT" "$BOOT_DIR/$SLOT.old"
	rm -rf "$BOOT_DIR/$SLOT.old"
}

# link_cached PATH NEW: the same file of a slot, if it is undamaged.
link_cached() {
	local found
	found="$(cached_file "$1")" || return 0
	mkdir -p "$2/$(parent_of "$1")"
	ln "$found" "$2/$1"
}

parent_of() { case "$1" in */*) printf '%s' "${1%/*}" ;; esac; }

# cached_file PATH: the name of an undamaged copy of a listed file on the disk; 1 when there is none.
cached_file() {
	local sha256 bytes urls slot file
	read_listed "$1"
	for slot in a b "$SLOT.new"; do
		file="$BOOT_DIR/$slot/$1"
		[ "$(file_size "$file")" = "$bytes" ] || continue
		# The image that this machine runs from was checked just now.
		if [ "$file" = "$IMAGE" ] || [ "$(sha256_of "$file")" = "$sha256" ]; then
			printf '%s' "$file"
			return 0
		fi
	done
	return 1
}

# cache_file PATH NEW: from RAM or over the network, by another name until it is right and safe.
cache_file() {
	local sha256 bytes urls file="$2/$1"
	read_listed "$1"
	mkdir -p "$2/$(parent_of "$1")"
	if [ "$1" = rootfs.squashfs ]; then
		cp "$IMAGE" "$file.new" 2>"$RUN_DIR/cache.log"
		FETCH_FAULT="$1 could not be copied to the disk"
		[ "$(sha256_of "$file.new")" = "$sha256" ] || return 1
	else
		say "fetching $1 for the disk ($(mebibytes "$bytes"))"
		# shellcheck disable=SC2046,SC2086 # one word a URL
		fetch_checked "$1" "$file.new" "$bytes" "$sha256" "$(listed_url "$1")" $(http_only $urls) || return 1
	fi
	sync
	mv "$file.new" "$file"
}
