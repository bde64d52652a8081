# A GPT whose first copy is broken: its entries and its header are two writes, and the power may go
# between them. The kernel then shows no partitions, though the second copy, at the disk's end, is whole.
# shellcheck shell=sh

# mend_tables: of disks that the kernel shows no partitions of, those whose second copy is ours.
mend_tables() {
	local dir disk fields
	for dir in "$SYS"/block/*; do
		disk="${dir##*/}"
		is_disk_name "$disk" || continue
		! has_partitions "$disk" || continue
		[ "$(attribute "$disk" ro)" = 0 ] || continue
		fields="$(state_in_table "$(disk_device "$disk")")"
		# shellcheck disable=SC2086 # number, start and name
		[ -z "$fields" ] || mend_table "$disk" $fields
	done
}

# state_in_table DEVICE: number, first sector and name of STATE in the copy that sfdisk can read.
state_in_table() {
	[ "$(blkid -p -o value -s PTTYPE "$1" 2>/dev/null)" = gpt ] || return 0
	sfdisk -d "$1" 2>/dev/null |
		sed -n 's/^[^ ]*[^0-9 ]\([0-9]*\) : start= *\([0-9]*\),.* name="\(HOMEPBP_STATE\(\.new\)\{0,1\}\)".*/\1 \2 \3/p'
}

# mend_table DISK NUMBER START NAME: another node's is not written at all, and nothing else is taken in
# its place. A name written anew, the same as before, makes sfdisk write both copies.
mend_table() {
	local device owner
	device="$(disk_device "$1")"
	owner="$(owner_at "$device" "$3")"
	if [ "$4" = HOMEPBP_STATE ] && { [ -z "$owner" ] || [ "${NODE:-$owner}" != "$owner" ]; }; then
		refuse "the table of $1 is damaged, and the STATE in its second copy is of ${owner:-nobody known}: it is left as it is"
	fi
	say "the table of $1 was being written when the power went; mended by its second copy"
	if ! sfdisk -q --no-reread --no-tell-kernel --part-label "$device" "$2" "$4" || ! reread "$1"; then
		[ -n "$LABEL_FAULT" ] || refuse "the table of $1 could not be mended"
	fi
}

# owner_at DEVICE SECTOR: the node whose STATE begins there; nothing when it cannot be read.
owner_at() {
	local at
	at=$(($2 * $(blockdev --getss "$1")))
	debugfs -R 'cat /var/lib/homepbp/state.json' "$1?offset=$at" 2>/dev/null >"$RESULT.state"
	state_value "$RESULT.state" node
}
