# Whether the partitions that have our names are what they should be, whose they are, and sound.
# shellcheck shell=sh disable=SC2034 # make.sh reads what is set here.

# check_whole_disk: refuses if the whole disk has been taken for something else and our table is a remnant.
check_whole_disk() {
	local device
	device="$(disk_device "$OUR_DISK")"
	is_table_to_blkid "$device" ||
		refuse "$OUR_DISK has HomePBP's partitions, but $(why_has_signature "$device"): leaving it untouched"
}

# check_types: refuses if a partition does not hold what its name says.
check_types() {
	expect_type "$OUR_STATE" HOMEPBP_STATE ext4
	[ -z "$OUR_BOOT" ] || is_new "$OUR_BOOT" || expect_type "$OUR_BOOT" HOMEPBP_BOOT ext4
	[ -z "$OUR_ESP" ] || is_new "$OUR_ESP" || expect_type "$OUR_ESP" HOMEPBP_ESP vfat
}

expect_type() {
	local found
	found="$(blkid -p -o value -s TYPE "/dev/$1" 2>/dev/null)"
	[ "$found" = "$3" ] ||
		refuse "$1 is called $2, but holds ${found:-nothing recognizable} instead of $3; leaving it untouched"
}

# owner_of_ours: the name of the node whose disk this is, by its STATE or else by its BOOT.
owner_of_ours() {
	local owner
	owner="$(owner_of "$OUR_STATE")"
	if [ -z "$owner" ] && [ -n "$OUR_BOOT" ]; then
		with_peeked "$OUR_BOOT" cat_owner
	else
		printf '%s' "$owner"
	fi
}

owner_of() { with_peeked "$1" state_owner; }
state_owner() { state_value "$1/var/lib/homepbp/state.json" node; }
cat_owner() { tr -cd 'A-Za-z0-9.-' 2>/dev/null <"$1/node"; }

# with_peeked PARTITION FUNCTION: prints what the function prints for the folder where the partition is
# temporarily mounted, read-only; nothing if it cannot be mounted.
with_peeked() {
	mkdir -p "$MOUNT_DIR"
	peek "$1" "$MOUNT_DIR" || return 0
	"$2" "$MOUNT_DIR"
	umount "$MOUNT_DIR"
}

# owners_of_states: which belongs to whom, for the message about several.
owners_of_states() {
	local name part _
	our_partitions | while read -r name _ part; do
		[ "$name" != HOMEPBP_STATE ] || printf ' (%s belongs to %s)' "$part" "$(owner_of "$part" | grep . || echo 'an unknown node')"
	done
}

# wipe_if_due: once per token; the tokens used so far are kept.
wipe_if_due() {
	[ -n "$WIPE" ] && with_peeked "$OUR_STATE" say_wipe | grep -q due || return 0
	[ -z "$BOOT_IN_USE" ] || refuse "wipe: HOMEPBP_BOOT is in use"
	say "wiping HomePBP's partitions on $OUR_DISK: nodes.yaml says 'wipe: $WIPE'"
	WIPED="$(with_peeked "$OUR_STATE" wiped_before)"
	if ! unname_ours || ! finish; then refuse "$OUR_DISK could not be wiped"; fi
}

say_wipe() { ! wipe_is_due "$1" "$WIPE" || echo due; }
wiped_before() { tr '\n' ' ' 2>/dev/null <"$1/var/lib/homepbp/wiped"; }

# unname_ours: STATE first: without it, any later boot finishes the wipe.
unname_ours() {
	rename_part "$OUR_STATE" HOMEPBP_STATE.new && reread "$OUR_DISK" || return 1
	[ -z "$OUR_BOOT" ] || rename_part "$OUR_BOOT" HOMEPBP_BOOT.new || return 1
	[ -z "$OUR_ESP" ] || rename_part "$OUR_ESP" HOMEPBP_ESP.new || return 1
	reread "$OUR_DISK"
}

# check_file_systems: STATE is repaired only if nothing is lost; BOOT is a copy, and repaired regardless.
check_file_systems() {
	say "checking the file system of STATE ($OUR_STATE)"
	fsck_part "$OUR_STATE" -p ||
		refuse "the file system of STATE ($OUR_STATE) has errors that need manual repair ($FSCK_SAID): set 'boot: recovery', reboot, and run e2fsck -f /dev/$OUR_STATE"
	[ "$UNFINISHED" = no ] || finish || refuse "$OUR_DISK could not be completed"
	[ -n "$OUR_BOOT" ] && [ "$OUR_BOOT" != "$BOOT_IN_USE" ] || return 0
	if fsck_part "$OUR_BOOT" -p || fsck_part "$OUR_BOOT" -y; then return 0; fi
	say "HOMEPBP_BOOT ($OUR_BOOT) cannot be repaired; continuing without it"
	OUR_BOOT=''
}

# The last line of e2fsck's output that is not indented.
FSCK_SAID=''
# Attempts while something else (udev, most likely) still has the partition open.
FSCK_TRIES=5

# fsck_part PARTITION OPTION: e2fsck exits with 1 or 2 for errors that it corrected, 8 if it could not
# run (e2fsck(8)).
fsck_part() {
	local status=8 tries=0
	while [ "$status" -eq 8 ] && [ "$tries" -lt "$FSCK_TRIES" ]; do
		[ "$tries" -eq 0 ] || sleep 1
		tries=$((tries + 1)) status=0
		e2fsck "$2" "/dev/$1" >"$RESULT.fsck" 2>&1 || status=$?
	done
	FSCK_SAID="$(sed -n '/^[^[:space:]]/p' "$RESULT.fsck" | sed -n '$p')"
	case "$status" in
	0) ;;
	1 | 2) say "repaired $1: $FSCK_SAID" ;;
	*) say "$1: $FSCK_SAID" && return 1 ;;
	esac
}
