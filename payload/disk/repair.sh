# A GPT whose primary copy is broken: its entries and its header are two writes, and the power may fail
# between them. The kernel then shows no partitions, though the backup at the end of the disk is intact.
# shellcheck shell=sh

# repair_tables: of disks without partitions in the kernel's view, those whose backup table is ours.
repair_tables() {
	local dir disk fields
	for dir in "$SYS"/block/*; do
		disk="${dir##*/}"
		is_disk_name "$disk" || continue
		if has_partitions "$disk" || is_in_use "$disk"; then continue; fi
		[ "$(attribute "$disk" ro)" = 0 ] || continue
		has_only_lost_table "$(disk_device "$disk")" || continue
		fields="$(state_in_table "$(disk_device "$disk")")"
		# shellcheck disable=SC2086 # number, start and name
		[ -z "$fields" ] || repair_table "$disk" $fields
	done
}

# The first partition begins there.
FIRST_PARTITION_AT=1048576

# has_only_lost_table DEVICE: whether a power failure explains all of what is there. Writing our table
# changes its header and the first 512 bytes of its entries (ours are four of 128 bytes; UEFI
# specification 5.3); up to the first partition everything else but the mark is zeros. Anyone who has
# reused the disk since and left the backup table (mkswap does) wrote more.
has_only_lost_table() {
	local entries_end
	entries_end=$((2 * $(blockdev --getss "$1") + 512))
	has_only_table "$1" &&
		is_zero_between "$1" "$entries_end" "$((MAKING_AT - entries_end))" &&
		{ is_marked "$1" || is_zero_between "$1" "$MAKING_AT" 4096; } &&
		is_zero_between "$1" "$((MAKING_AT + 4096))" "$((FIRST_PARTITION_AT - MAKING_AT - 4096))"
}

# state_in_table DEVICE: number, first sector and name of STATE in the copy that sfdisk can read.
state_in_table() {
	[ "$(blkid -p -o value -s PTTYPE "$1" 2>/dev/null)" = gpt ] || return 0
	sfdisk -d "$1" 2>/dev/null |
		sed -n 's/^[^ ]*[^0-9 ]\([0-9]*\) : start= *\([0-9]*\),.* name="\(HOMEPBP_STATE\(\.new\)\{0,1\}\)".*/\1 \2 \3/p'
}

# repair_table DISK NUMBER START NAME: another node's is never written, and no other disk is used instead.
# Setting a name to what it is already makes sfdisk write both copies.
repair_table() {
	local device owner
	device="$(disk_device "$1")"
	owner="$(owner_at "$device" "$3")"
	if [ "$4" = HOMEPBP_STATE ] && [ "$NODE" != "$owner" ]; then
		refuse "the partition table of $1 is damaged, and the STATE in its backup belongs to ${owner:-an unknown node}: leaving it untouched"
	fi
	hold_disk "$1"
	say "the power failed while the partition table of $1 was being written; restored it from its backup"
	if ! sfdisk -q --no-reread --no-tell-kernel --part-label "$device" "$2" "$4" || ! reread "$1"; then
		[ -n "$LABEL_FAULT" ] || refuse "the partition table of $1 could not be restored"
	fi
}

# owner_at DEVICE SECTOR: the node whose STATE begins there; empty if it cannot be read.
owner_at() {
	local at
	at=$(($2 * $(blockdev --getss "$1")))
	debugfs -R 'cat /var/lib/homepbp/state.json' "$1?offset=$at" 2>/dev/null >"$RESULT.state"
	state_value "$RESULT.state" node
}
