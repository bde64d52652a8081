# Makes a disk ours. Any step can be interrupted by a power failure, and the next boot resumes there:
#   blank → marked → a table whose partitions are called *.new → file systems → the final names.
# shellcheck shell=sh

ESP_MIB=256
# Two slots of kernel, initrd, root image and modules, and one more being written.
BOOT_MIB_LEAST=1536
BOOT_MIB_MOST=4096

# boot_mib DISK: a quarter of the disk, within bounds.
boot_mib() {
	local mib
	mib=$(($(disk_bytes "$1") / 1048576 / 4))
	[ "$mib" -ge "$BOOT_MIB_LEAST" ] || mib="$BOOT_MIB_LEAST"
	[ "$mib" -le "$BOOT_MIB_MOST" ] || mib="$BOOT_MIB_MOST"
	printf '%s' "$mib"
}

# The disk that udev is locked out of, and how long to wait for the lock.
HELD='' HOLD_SECONDS="${HOLD_SECONDS:-30}"

# hold_disk DISK: for the rest of this program, or until another disk is held, udev leaves the disk alone.
# Otherwise it has the kernel reread the table each time somebody closes the disk after writing, and for
# that moment the partitions are gone. A lock prevents that (systemd, "Locking Block Device Access"); the
# initramfs waits for udev to catch up.
hold_disk() {
	[ "$HELD" != "$1" ] || return 0
	exec 9<"$(disk_device "$1")" && flock -x -w "$HOLD_SECONDS" 9 && HELD="$1" && return
	refuse "$1 is locked by another program"
}

# make_table DISK: writes the mark, then our table; 1 if the kernel does not see it afterwards.
make_table() {
	local device
	device="$(disk_device "$1")"
	printf '%s' "$MAKING" | write_block "$device" || return 1
	table_script "$1" | sfdisk -q --wipe always "$device" || return 1
	reread "$1" && clear_mark "$1"
}

# GUIDs: UEFI specification 5.3.3 (ESP), GRUB's manual (BIOS boot), Linux file system data.
table_script() {
	cat <<-END
		label: gpt
		size=${ESP_MIB}MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name="HOMEPBP_ESP.new"
		size=1MiB, type=21686148-6449-6E6F-744E-656564454649, name="HOMEPBP_BIOS.new"
		size=$(boot_mib "$1")MiB, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="HOMEPBP_BOOT.new"
		type=0FC63DAF-8483-4772-8E79-3D69D8477DE4, name="HOMEPBP_STATE.new"
	END
}

# write_block DEVICE: standard input, filled with zeros to one block, where the mark is.
write_block() {
	dd of="$1" bs=4096 seek="$((MAKING_AT / 4096))" count=1 iflag=fullblock conv=sync,notrunc,fsync 2>/dev/null
}

clear_mark() {
	local device
	device="$(disk_device "$1")"
	! is_marked "$device" || dd if=/dev/zero bs=4096 count=1 2>/dev/null | write_block "$device"
}

# reread DISK, which is held: has the kernel reread the table.
reread() {
	local tries=0
	sync
	blockdev --flushbufs "$(disk_device "$1")"
	while ! blockdev --rereadpt "$(disk_device "$1")" 2>/dev/null; do
		tries=$((tries + 1))
		[ "$tries" -lt 20 ] || return 1
		# Somebody may be looking at a partition.
		sleep 0.5
	done
	find_ours
	[ "$OUR_DISK" = "$1" ] && [ -z "$LABEL_FAULT" ] && [ -b "/dev/$OUR_STATE" ]
}

# finish: formats OUR_DISK's partitions that are still called *.new, then gives all of them their final
# names, STATE last: that one marks a disk as complete.
finish() {
	local label part
	clear_mark "$OUR_DISK" || return 1
	for label in ESP BIOS BOOT STATE; do
		part="$(our_partition "$label")"
		[ -n "$part" ] || { say "$OUR_DISK has no partition HOMEPBP_$label" && return 1; }
		! is_new "$part" || make_part "$label" "$part" || return 1
	done
	sync
	for label in ESP BIOS BOOT STATE; do
		rename_part "$(our_partition "$label")" "HOMEPBP_$label" || return 1
	done
	reread "$OUR_DISK" && [ "$UNFINISHED" = no ]
}

our_partition() {
	case "$1" in
	ESP) printf '%s' "$OUR_ESP" ;;
	BIOS) printf '%s' "$OUR_BIOS" ;;
	BOOT) printf '%s' "$OUR_BOOT" ;;
	STATE) printf '%s' "$OUR_STATE" ;;
	esac
}

# gpt_name PARTITION
gpt_name() { uevent_value "$SYS/block/$OUR_DISK/$1" PARTNAME; }

is_new() {
	case "$(gpt_name "$1")" in *.new) return 0 ;; esac
	return 1
}

make_part() {
	say "creating HOMEPBP_$1 on $2"
	case "$1" in
	ESP) make_fat "/dev/$2" ;;
	# GRUB's core image comes here; no file system.
	BIOS) ;;
	BOOT) make_ext4 HOMEPBP_BOOT "/dev/$2" -m 0 && fill_boot "$2" ;;
	STATE) make_ext4 HOMEPBP_STATE "/dev/$2" -m 1 && fill_state "$2" ;;
	esac
}

# make_fat DEVICE: its output (remarks on character sets) is only shown if it fails.
make_fat() {
	local said
	said="$(mkfs.vfat -n HOMEPBP_ESP "$1" 2>&1)" || { say "$said" && return 1; }
}

# make_ext4 LABEL DEVICE OPTION…: without what GRUB and the oldest kernel here (5.4) cannot read;
# mke2fs before 1.47 does not know the second word.
make_ext4() {
	local label="$1" device="$2"
	shift 2
	mke2fs -t ext4 -q -F -L "$label" -O '^metadata_csum_seed,^orphan_file' "$@" "$device" 2>/dev/null ||
		mke2fs -t ext4 -q -F -L "$label" -O '^metadata_csum_seed' "$@" "$device"
}

# fill_boot PARTITION: whose disk it is, also for when STATE can no longer be read.
fill_boot() {
	with_mounted "$1" write_owner
}

write_owner() { printf '%s\n' "$NODE" >"$1/node"; }

# fill_state PARTITION: what every STATE has from its first moment.
fill_state() {
	with_mounted "$1" write_state
}

write_state() {
	local place="$1/var/lib/homepbp" uuid
	read -r uuid </proc/sys/kernel/random/uuid
	mkdir -p "$place" || return 1
	cat >"$place/state.json" <<-END || return 1
		{
		  "version": 1,
		  "uuid": "$uuid",
		  "node": "$NODE",
		  "created": "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
		}
	END
	chmod 0644 "$place/state.json"
	# shellcheck disable=SC2086 # a line a token
	[ -z "$WIPED$WIPE" ] || printf '%s\n' $WIPED $WIPE >"$place/wiped"
}

# with_mounted PARTITION FUNCTION: calls it with the folder where the partition is temporarily mounted.
with_mounted() {
	local status=0
	mkdir -p "$MOUNT_DIR"
	mount -t ext4 "/dev/$1" "$MOUNT_DIR" || return 1
	"$2" "$MOUNT_DIR" || status=1
	sync
	umount "$MOUNT_DIR" && return "$status"
}

# rename_part PARTITION NAME: in the table on the disk; the kernel learns it from reread.
rename_part() {
	local number
	[ "$(gpt_name "$1")" != "$2" ] || return 0
	read -r number <"$SYS/block/$OUR_DISK/$1/partition" || return 1
	sfdisk -q --no-reread --no-tell-kernel --part-label "$(disk_device "$OUR_DISK")" "$number" "$2" && sync
}
