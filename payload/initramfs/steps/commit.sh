# Makes a slot that cache.sh has filled the one to boot from: seed, what GRUB needs to know, and the
# pointer last.
# shellcheck shell=sh

EMPTY_GRUBENV="$HOMEPBP_SYSROOT/homepbp/node/grub/grubenv"

# commit_cache: only once the root is assembled, so that the pointer never names a system that failed.
commit_cache() {
	[ -n "$SLOT" ] || return 0
	if [ -d "$BOOT_DIR/$SLOT.new" ]; then
		commit_new_slot
	else
		refresh_slot
	fi || fail_cache 'could not write to the disk'
}

commit_new_slot() {
	local new="$BOOT_DIR/$SLOT.new"
	cp -r "$SEED_DIR" "$new/seed" && chmod 0700 "$new/seed" &&
		slot_config >"$new/slot.cfg" && [ -s "$new/slot.cfg" ] && sync &&
		mv "$new" "$BOOT_DIR/$SLOT" && switch_to_slot || return 1
	say "slot $SLOT on the disk is complete; the machine boots from it when Genesis is off"
}

# switch_to_slot: GRUB does not read the journal, so it is flushed before the pointer is set.
switch_to_slot() {
	remount_boot ro
	remount_boot rw
	point_to "$SLOT" && clear_tries "$EMPTY_GRUBENV"
}

# refresh_slot: the same system with a different seed or kernel line, such as Genesis' new address.
refresh_slot() {
	local slot="$BOOT_DIR/$SLOT" text
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

# replace_seed SLOT-FOLDER: a folder cannot be renamed over another; between the two renames, seed.new counts.
replace_seed() {
	# Interrupted there before: it is the only seed, and stays until the next one is complete.
	[ -d "$1/seed" ] || [ ! -d "$1/seed.new" ] || mv "$1/seed.new" "$1/seed" || return 1
	rm -rf "$1/seed.new" "$1/seed.old"
	cp -r "$SEED_DIR" "$1/seed.new" && chmod 0700 "$1/seed.new" && sync || return 1
	[ ! -d "$1/seed" ] || mv "$1/seed" "$1/seed.old" || return 1
	mv "$1/seed.new" "$1/seed" && sync || return 1
	rm -rf "$1/seed.old"
	say "updated the seed on the disk (slot $SLOT)"
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
	echo "# Written by HomePBP's initramfs. A slot without this file is incomplete."
	echo "set homepbp_list=$HOMEPBP_OS_SHA256"
	printf "set homepbp_words='%s'\n" "$(kept_words "$line" | sed "s/'/'\\\\''/g")"
	printf "set homepbp_serial='%s'\n" "$(serial_words "$line")"
}

# kept_words LINE: without the words that belong to the program that loaded this kernel.
kept_words() {
	local word kept=''
	set -f
	for word in $1; do
		case "$word" in
		vmlinuz | BOOT_IMAGE=* | initrd=* | BOOTIF=* | homepbp.boot=* | homepbp.slot=* | homepbp.address=*) ;;
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
