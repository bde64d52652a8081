# What the disk keeps of a boot over the network, so that the next one needs less of it or none.
# A failure here never ends the boot: the machine then runs, but cannot boot from its disk.
# shellcheck shell=sh

# The slot that holds what this machine boots; empty while none does.
SLOT=''
# Slots with wrong content, such as `ab`: they are rewritten.
DAMAGED=''

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
	if [ "$(sha256_of "$IMAGE")" = "$sha256" ] && mount_image; then
		say "using the root image on the disk"
		return 0
	fi
	say "the root image in slot $1 is damaged; not using it"
	! has_list "$1" || DAMAGED="$DAMAGED$1"
	forget_image
	return 1
}

# cache_files: all listed files into the slot that is not in use, as <slot>.new. Before the modules
# are unpacked: they are then fetched only once.
cache_files() {
	is_mounted "$BOOT_DIR" || return 0
	if find_slot_with_list; then
		say "slot $SLOT on the disk is up to date"
		rm -rf "$BOOT_DIR"/?.new "$BOOT_DIR"/?.old
		return 0
	fi
	SLOT="$(slot_to_fill)"
	say "saving this system to slot $SLOT on the disk"
	fill_slot || fail_cache "$FETCH_FAULT"
}

# fail_cache REASON
fail_cache() {
	say "WARNING: could not save this system to slot $SLOT on the disk: $1"
	say "  this boot continues; without Genesis, the machine boots from the other slot, if there is one"
	rm -rf "$BOOT_DIR"/?.new
	SLOT=''
}

# find_slot_with_list: sets SLOT to the one that was filled from exactly this fetch.list and has all
# files undamaged; else returns 1.
find_slot_with_list() {
	for SLOT in a b; do
		has_list "$SLOT" && is_undamaged "$SLOT" && return
	done
	SLOT=''
	return 1
}

# has_list SLOT: whether it was filled from exactly this fetch.list. Only then does a different hash mean
# damage: the image of another system may have the same size.
has_list() { is_whole "$1" && has_line "$BOOT_DIR/$1/slot.cfg" "set homepbp_list=$HOMEPBP_OS_SHA256"; }

# slot_to_fill: a damaged one, so that the other stays.
slot_to_fill() {
	case "$DAMAGED" in
	[ab]) printf '%s' "$DAMAGED" ;;
	*) slot_to_replace ;;
	esac
}

has_line() {
	local line
	while IFS= read -r line; do
		[ "$line" != "$2" ] || return 0
	done <"$1"
	return 1
}

# is_undamaged SLOT: whether it has all files of the list. Packages are not hashed here: whatever uses one
# does that, and can mostly do without it.
is_undamaged() {
	local path
	case "$DAMAGED" in *"$1"*) return 1 ;; esac
	for path in $(slot_paths); do
		is_as_listed "$path" "$BOOT_DIR/$1/$path" && continue
		say "$path in slot $1 on the disk is damaged"
		DAMAGED="$DAMAGED$1"
		return 1
	done
}

# is_as_listed PATH FILE: by its size, and its hash unless it is a package.
is_as_listed() {
	local sha256 bytes urls
	read_listed "$1"
	[ "$(file_size "$2")" = "$bytes" ] || return 1
	case "$1" in debs/*) return 0 ;; esac
	has_listed_hash "$2" "$sha256"
}

# has_listed_hash FILE SHA256: the image that this machine runs from has just been checked.
has_listed_hash() { [ "$1" = "$IMAGE" ] || [ "$(sha256_of "$1")" = "$2" ]; }

# slot_paths: what a slot holds of the list. GRUB is on the disk itself.
slot_paths() {
	local path
	for path in vmlinuz initrd homepbp.cpio rootfs.squashfs; do
		listed "$path"
	done
	module_packages
}

# fill_slot: hard links to what the slots already have; then the old slot is deleted to make room; then
# the rest. The slot in use stays until the new one is complete.
fill_slot() {
	local path new="$BOOT_DIR/$SLOT.new"
	rm -rf "$BOOT_DIR"/?.new "$BOOT_DIR"/?.old
	mkdir "$new" || {
		FETCH_FAULT="could not create $new"
		return 1
	}
	for path in $(slot_paths); do
		link_cached "$path" "$new"
	done
	leave_slot
	for path in $(slot_paths); do
		[ -e "$new/$path" ] || cache_file "$path" "$new" || return 1
	done
	cp "$FETCH_LIST" "$new/fetch.list" || {
		FETCH_FAULT='could not write to the disk'
		return 1
	}
}

# leave_slot: so that no pointer names a slot that is being deleted.
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

# cached_file PATH: the name of an undamaged copy of a listed file on the disk; 1 without one.
cached_file() {
	local sha256 bytes urls slot file
	read_listed "$1"
	for slot in a b "$SLOT.new"; do
		file="$BOOT_DIR/$slot/$1"
		if [ "$(file_size "$file")" = "$bytes" ] && has_listed_hash "$file" "$sha256"; then
			printf '%s' "$file"
			return 0
		fi
	done
	return 1
}

# cache_file PATH NEW: from RAM or over the network, under another name until verified and synced.
cache_file() {
	# shellcheck disable=SC2034 # read_listed sets them all
	local sha256 bytes urls file="$2/$1"
	read_listed "$1"
	mkdir -p "$2/$(parent_of "$1")"
	if [ "$1" = rootfs.squashfs ]; then
		cp "$IMAGE" "$file.new" 2>"$RUN_DIR/cache.log"
		FETCH_FAULT="$1 could not be copied to the disk"
		[ "$(sha256_of "$file.new")" = "$sha256" ] || return 1
	else
		say "fetching $1 for the disk ($(mebibytes "$bytes"))"
		fetch_optional "$1" "$file.new" || return 1
	fi
	sync
	mv "$file.new" "$file"
}
