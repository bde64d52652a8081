# Which partitions are HomePBP's, by the names in their GPT, as the kernel read it. Only /sys is read,
# with nothing but the shell: the initramfs sources this too, before it has a root image with tools.
# shellcheck shell=sh disable=SC2034 # What is found is for those who source this.

SYS="${HOMEPBP_SYSROOT:-}/sys"

# What find_ours found: kernel names without /dev/, empty where there is none.
OUR_DISK='' OUR_STATE='' OUR_BOOT='' OUR_ESP='' OUR_BIOS=''
# `yes` if some of them are still called *.new: setting them up was interrupted.
UNFINISHED=no
# Why the partitions cannot be used; empty if they can, or if there are none.
LABEL_FAULT=''

# is_disk_name NAME: kinds of disks that belong to a machine. Not loop devices, arrays,
# mapped or network devices, drives for media, nor eMMC's boot areas.
is_disk_name() {
	case "$1" in
	*boot[0-9] | *rpmb | *gp[0-9] | nvme*c[0-9]*n*) return 1 ;;
	sd[a-z]* | vd[a-z]* | xvd[a-z]* | hd[a-z]* | nvme[0-9]*n[0-9]* | mmcblk[0-9]*) return 0 ;;
	esac
	return 1
}

# uevent_value DIRECTORY KEY: one value of a device's uevent file.
uevent_value() {
	local line
	while IFS= read -r line; do
		case "$line" in "$2"=*) printf '%s' "${line#*=}" && return ;; esac
	done <"$1/uevent"
}

# our_partitions: `<GPT name> <disk> <partition>`, one a line, for all whose name is one of ours.
our_partitions() {
	local disk part name
	for disk in "$SYS"/block/*; do
		is_disk_name "${disk##*/}" || continue
		for part in "$disk"/*/partition; do
			[ -e "$part" ] || continue
			part="${part%/partition}"
			name="$(uevent_value "$part" PARTNAME)"
			case "$name" in
			HOMEPBP_*) printf '%s %s %s\n' "$name" "${disk##*/}" "${part##*/}" ;;
			esac
		done
	done
}

# find_ours: sets the variables above from what our_partitions prints. A partition called *.new
# counts only where no finished STATE is: it may be redone, nothing else.
find_ours() {
	local all states
	OUR_DISK='' OUR_STATE='' OUR_BOOT='' OUR_ESP='' OUR_BIOS='' UNFINISHED=no LABEL_FAULT=''
	all="$(our_partitions)"
	[ -n "$all" ] || return 0
	states="$(disks_with "$all" HOMEPBP_STATE)"
	[ -n "$states" ] || states="$(disks_with "$all" HOMEPBP_STATE.new)"
	case "$states" in
	'') LABEL_FAULT="there is $(first_name "$all"), but no HOMEPBP_STATE" ;;
	*' '*) LABEL_FAULT="there is more than one HOMEPBP_STATE, on: $states" ;;
	*) OUR_DISK="$states" ;;
	esac
	[ -n "$OUR_DISK" ] || return 0
	take_partitions "$all"
}

# disks_with LIST NAME: the disks of the partitions of that name, with spaces between; a disk that
# has two of them comes twice.
disks_with() {
	local name disk part found=''
	while read -r name disk part; do
		[ "$name" != "$2" ] || found="$found $disk"
	done <<-END
		$1
	END
	printf '%s' "${found# }"
}

first_name() { printf '%s' "${1%% *}"; }

# take_partitions LIST: sets the variables to OUR_DISK's partitions; a finished one elsewhere, or a
# duplicate name, sets LABEL_FAULT.
take_partitions() {
	local name disk part
	while read -r name disk part; do
		if [ "$disk" != "$OUR_DISK" ]; then
			case "$name" in
			*.new) ;;
			*) LABEL_FAULT="there is $name on $disk as well as HOMEPBP_STATE on $OUR_DISK" ;;
			esac
			continue
		fi
		case "$name" in *.new) UNFINISHED=yes ;; esac
		case "$name" in
		HOMEPBP_STATE | HOMEPBP_STATE.new) take_once OUR_STATE "$OUR_STATE" "$name" "$part" ;;
		HOMEPBP_BOOT | HOMEPBP_BOOT.new) take_once OUR_BOOT "$OUR_BOOT" "$name" "$part" ;;
		HOMEPBP_ESP | HOMEPBP_ESP.new) take_once OUR_ESP "$OUR_ESP" "$name" "$part" ;;
		HOMEPBP_BIOS | HOMEPBP_BIOS.new) take_once OUR_BIOS "$OUR_BIOS" "$name" "$part" ;;
		esac
	done <<-END
		$1
	END
}

# take_once VARIABLE VALUE NAME PARTITION
take_once() {
	if [ -n "$2" ]; then
		LABEL_FAULT="there is more than one ${3%.new}: $2 and $4"
	else
		eval "$1=\$4"
	fi
}

# state_value FILE KEY: a text value of state.json.
state_value() {
	sed -n "s/.*\"$2\": *\"\([A-Za-z0-9._:-]*\)\".*/\1/p" "$1" 2>/dev/null
}

# peek PARTITION DIRECTORY: mounts it there without writing a byte to it, its journal included.
peek() { mount -t ext4 -o ro,noload "/dev/$1" "$2" 2>/dev/null; }

# wipe_is_due DIRECTORY TOKEN: whether the STATE mounted there has not been wiped for the token yet.
wipe_is_due() {
	local line
	[ -n "$2" ] || return 1
	[ -r "$1/var/lib/homepbp/wiped" ] || return 0
	while read -r line; do
		[ "$line" != "$2" ] || return 1
	done <"$1/var/lib/homepbp/wiped"
}
