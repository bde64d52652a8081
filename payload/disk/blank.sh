# Whether a disk may be made ours: only one that has never been written to, as far as can be seen.
# shellcheck shell=sh

# A smaller disk would not hold two systems and a cluster's state.
SMALLEST_DISK=$((3500 * 1048576))
# Both ends must read as zeros for at least this many bytes: tables and most signatures are there.
END_BYTES=$((4 * 1048576))
# Between the ends so many spots, evenly spread, must read as zeros for SPOT_BYTES each: a disk
# whose ends were cleared may hold data all the same, and encrypted data has no signature.
SPOTS=64
SPOT_BYTES=65536
# One block of this text is written before a table is, and cleared after it: see make.sh.
MAKING='HOMEPBP is making this disk'
MAKING_AT=$((512 * 1024))
# What a GPT may take at either end, at 4096 bytes a sector.
TABLE_BYTES=32768

# disk_device NAME: its device file.
disk_device() { printf '/dev/%s' "$(uevent_value "$SYS/block/$1" DEVNAME)"; }

disk_bytes() {
	local sectors=0
	# Always in units of 512 bytes, whatever the disk's sectors are.
	read -r sectors <"$SYS/block/$1/size"
	printf '%s' "$((sectors * 512))"
}

# attribute NAME FILE: a disk's attribute in /sys; nothing where it has none.
attribute() {
	local value=''
	[ ! -r "$SYS/block/$1/$2" ] || read -r value <"$SYS/block/$1/$2"
	printf '%s' "$value"
}

# why_not_writable NAME: why a disk cannot be ours even if named; empty if it can.
why_not_writable() {
	if [ "$(attribute "$1" ro)" != 0 ]; then
		printf 'it is read-only'
	elif [ "$(disk_bytes "$1")" -lt "$SMALLEST_DISK" ]; then
		printf 'it is too small (%s MiB; %s are needed)' \
			"$(($(disk_bytes "$1") / 1048576))" "$((SMALLEST_DISK / 1048576))"
	elif is_in_use "$1"; then
		printf 'it is in use'
	fi
}

# why_not_automatic NAME: why `auto` may not choose a disk; empty if it may.
why_not_automatic() {
	if [ "$(attribute "$1" removable)" != 0 ]; then
		printf 'it is removable'
	elif [ "$(attribute "$1" hidden)" = 1 ]; then
		printf 'it is one path of a multipath disk'
	elif [ "$(attribute "$1" device/type)" = SD ]; then
		printf 'it is a memory card'
	else
		case "$(readlink -f "$SYS/block/$1")" in
		*/usb*) printf 'it is on USB' ;;
		*/session[0-9]* | */rport-* | */nvme-fabrics/*) printf 'it is on the network' ;;
		*) why_not_writable "$1" ;;
		esac
	fi
}

# is_in_use NAME: part of a mapping or an array, mounted, or used as swap.
is_in_use() {
	local holder device rest
	for holder in "$SYS/block/$1"/holders/* "$SYS/block/$1"/*/holders/*; do
		[ ! -e "$holder" ] || return 0
	done
	while read -r device rest; do
		case "$device" in "$(disk_device "$1")"*) return 0 ;; esac
	done <<-END
		$(cat /proc/mounts /proc/swaps 2>/dev/null)
	END
	return 1
}

# why_not_blank NAME: what is on a disk; empty if it is blank in every way that can be checked. A check
# that fails counts as not blank.
why_not_blank() {
	local device bytes fault
	device="$(disk_device "$1")"
	bytes="$(disk_bytes "$1")"
	if has_partitions "$1"; then
		printf 'it has partitions'
	elif fault="$(why_has_signature "$device")" && [ -n "$fault" ]; then
		printf '%s' "$fault"
	elif ! is_zero_between "$device" 0 "$END_BYTES"; then
		printf 'its first %s MiB are not all zeros' "$((END_BYTES / 1048576))"
	elif ! is_zero_between "$device" "$((bytes - END_BYTES))" "$END_BYTES"; then
		printf 'its last %s MiB are not all zeros' "$((END_BYTES / 1048576))"
	elif ! spots_are_zero "$device" "$bytes"; then
		printf 'it has data in the middle'
	fi
}

has_partitions() {
	local part
	for part in "$SYS/block/$1"/*/partition; do
		[ ! -e "$part" ] || return 0
	done
	return 1
}

# why_has_signature DEVICE: what its signature says. blkid exits with 2 if it finds nothing, and only then.
why_has_signature() {
	local found status=0
	found="$(blkid -p -o value -s TYPE -s PTTYPE "$1" 2>/dev/null)" || status=$?
	if [ "$status" -eq 2 ]; then
		found="$(wipefs -n -i -O TYPE "$1" 2>&1)" && [ -z "$found" ] && return
	fi
	printf 'it holds %s' "$(printf '%s' "${found:-something that blkid does not recognize}" | tr '\n' ' ')"
}

# has_only_table DEVICE: whether the only signatures are those of a GPT, complete or partial.
has_only_table() {
	local found type
	is_table_to_blkid "$1" && found="$(wipefs -n -i -O TYPE "$1" 2>/dev/null)" || return 1
	for type in $found; do
		case "$type" in gpt | PMBR) ;; *) return 1 ;; esac
	done
}

# is_table_to_blkid DEVICE: by blkid alone, which ignores what is in a partition and not on the disk as
# a whole. Where it finds several signatures, it may print none and exit 8.
is_table_to_blkid() {
	local found status=0
	found="$(blkid -p -o value -s TYPE -s PTTYPE "$1" 2>/dev/null)" || status=$?
	case "$status $found" in
	'2 ' | '0 gpt' | '0 PMBR') return 0 ;;
	esac
	return 1
}

spots_are_zero() {
	local spot=1 step
	step=$(($2 / (SPOTS + 1) / 4096 * 4096))
	while [ "$spot" -le "$SPOTS" ]; do
		is_zero_between "$1" "$((step * spot))" "$SPOT_BYTES" || return 1
		spot=$((spot + 1))
	done
}

# is_zero_between DEVICE OFFSET BYTES: whether they can be read, to the last one, and are all zeros.
is_zero_between() { cmp -s -n "$3" -i "$2:0" "$1" /dev/zero; }

# is_interrupted NAME: whether a disk is blank except for our interrupted partitioning: it has the mark,
# no table that the kernel can read, and zeros except where a table would be.
is_interrupted() {
	local device bytes
	device="$(disk_device "$1")"
	bytes="$(disk_bytes "$1")"
	is_marked "$device" && ! has_partitions "$1" && has_only_table "$device" &&
		is_zero_between "$device" "$TABLE_BYTES" "$((MAKING_AT - TABLE_BYTES))" &&
		is_zero_between "$device" "$((MAKING_AT + 4096))" "$((END_BYTES - MAKING_AT - 4096))" &&
		is_zero_between "$device" "$((bytes - END_BYTES))" "$((END_BYTES - TABLE_BYTES))" &&
		spots_are_zero "$device" "$bytes"
}

is_marked() {
	local line=''
	line="$(dd if="$1" bs=4096 skip="$((MAKING_AT / 4096))" count=1 2>/dev/null | tr -d '\000')"
	[ "$line" = "$MAKING" ]
}
