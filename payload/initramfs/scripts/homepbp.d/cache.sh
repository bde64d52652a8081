# What the disk keeps of a boot over the network, so that the next one needs less of it or none.
# A fault here never ends the boot: the machine then runs, but cannot start from its disk.
# shellcheck shell=sh

# The slot that holds what this machine boots; empty while none does.
SLOT=''
EMPTY_GRUBENV="$HOMEPBP_SYSROOT/homepbp/node/grub/grubenv"

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
	fill_slot || fail_cache
}

fail_cache() {
	say "WARNING: the disk's slot $SLOT could not be filled: $FETCH_FAULT"
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

# commit_cache: the seed, what GRUB must know, and the pointer last. Only now: a system that could
# not be put together leads no pointer to itself.
commit_cache() {
	[ -n "$SLOT" ] || return 0
	if [ -d "$BOOT_DIR/$SLOT.new" ]; then
		commit_new_slot
	else
		refresh_slot
	fi || fail_cache
}

commit_new_slot() {
	local new="$BOOT_DIR/$SLOT.new"
	FETCH_FAULT='the disk took no more'
	cp -r "$SEED_DIR" "$new/seed" && chmod 0700 "$new/seed" &&
		slot_config >"$new/slot.cfg" && [ -s "$new/slot.cfg" ] && sync &&
		mv "$new" "$BOOT_DIR/$SLOT" && switch_to_slot || return 1
	say "the disk's slot $SLOT is whole; the machine starts from it when Genesis is off"
}

# switch_to_slot: GRUB reads no journal, so the slot is brought home before the pointer is set.
switch_to_slot() {
	remount_boot ro
	remount_boot rw
	point_to "$SLOT" && clear_tries "$EMPTY_GRUBENV"
}

# refresh_slot: the same system with another seed or kernel line, such as Genesis' new address.
refresh_slot() {
	local slot="$BOOT_DIR/$SLOT" text
	FETCH_FAULT='the disk took no more'
	text="$(slot_config)"
	if [ "$text" != "$(cat "$slot/slot.cfg")" ]; then
		replace_boot_file "$SLOT/slot.cfg" "$text" || return 1
	fi
	same_files "$SEED_DIR" "$(seed_of_slot "$SLOT")" || replace_seed "$slot" || return 1
	[ "$(current_slot)" = "$SLOT" ] || switch_to_slot
}

# same_files FOLDER FOLDER: of texts.
same_files() {
	local file
	for file in "$1"/* "$2"/*; do
		[ "$(cat "$1/${file##*/}" 2>&1)" = "$(cat "$2/${file##*/}" 2>&1)" ] || return 1
	done
}

# replace_seed SLOT-FOLDER: there is no rename over a folder; between the two, seed.new counts.
replace_seed() {
	rm -rf "$1/seed.new" "$1/seed.old"
	cp -r "$SEED_DIR" "$1/seed.new" && chmod 0700 "$1/seed.new" && sync || return 1
	[ ! -e "$1/seed" ] || mv "$1/seed" "$1/seed.old"
	mv "$1/seed.new" "$1/seed" && sync
	rm -rf "$1/seed.old"
	say "the seed on the disk is renewed (slot $SLOT)"
}

# seed_of_slot SLOT: its folder.
seed_of_slot() {
	if [ -d "$BOOT_DIR/$1/seed" ]; then
		printf '%s' "$BOOT_DIR/$1/seed"
	else
		printf '%s' "$BOOT_DIR/$1/seed.new"
	fi
}

# slot_config: slot.cfg, which GRUB sources.
slot_config() {
	local line
	IFS= read -r line <"$HOMEPBP_SYSROOT/proc/cmdline"
	echo "# Written by HomePBP's initramfs. A slot without this file is not whole."
	echo "set homepbp_list=$HOMEPBP_OS_SHA256"
	printf "set homepbp_words='%s'\n" "$(kept_words "$line" | sed "s/'/'\\\\''/g")"
	printf "set homepbp_serial='%s'\n" "$(serial_words "$line")"
}

# kept_words LINE: without what belongs to the program that loaded this kernel.
kept_words() {
	local word kept=''
	set -f
	for word in $1; do
		case "$word" in
		vmlinuz | BOOT_IMAGE=* | initrd=* | BOOTIF=* | homepbp.boot=* | homepbp.slot=*) ;;
		*) kept="$kept $word" ;;
		esac
	done
	set +f
	printf '%s' "${kept# }"
}

# serial_words LINE: GRUB's options for the first serial port that is a console.
serial_words() {
	local word port speed
	set -f
	for word in $1; do
		case "$word" in console=ttyS[0-3] | console=ttyS[0-3],*) ;; *) continue ;; esac
		port="${word#console=ttyS}"
		speed="${port#?}"
		speed="${speed#,}"
		speed="${speed%%[!0-9]*}"
		printf -- '--unit=%s --speed=%s' "${port%%,*}" "${speed:-115200}"
		break
	done
	set +f
}

# finish_cache: read-only from here on, so that a power cut of the running system finds it clean.
finish_cache() {
	! is_mounted "$BOOT_DIR" || remount_boot ro
}
