# The node's disk: found by its labels before there is a root image, then chosen, made and checked
# by payload/disk, which runs by chroot in the assembled root with that image's tools.
# shellcheck shell=sh

# Where STATE and HOMEPBP_BOOT are mounted, here and in the running system.
STATE_DIR="$RUN_DIR/state"
BOOT_DIR="$RUN_DIR/boot"
DISK_RESULT="$RUN_DIR/disk.result"
# mounted: STATE is mounted; none: this node keeps nothing; refused: it should keep STATE but cannot.
DISK_STATE=none
# Device files: the disk, its STATE, BOOT and ESP; empty where there is none.
DISK_DEVICE='' STATE_DEVICE='' BOOT_DEVICE='' ESP_DEVICE=''
# The partition of BOOT that find_disk has mounted, without /dev/.
BOOT_IN_USE=''
# Uptime in seconds when udev had settled.
SETTLED_AT=0

# find_disk: mounts HOMEPBP_BOOT read-only if this node has a disk that needs no work; everything else is
# left to prepare_disk.
find_disk() {
	[ "$HOMEPBP_MODE" = live ] && [ "$(seed_value homepbp-disk)" != none ] || return 0
	load_module ext4
	settle_devices
	SETTLED_AT="$(uptime_seconds)"
	find_ours
	[ -n "$OUR_BOOT" ] && [ -z "$LABEL_FAULT" ] && [ "$UNFINISHED" = no ] || return 0
	is_settled_ours && mount_boot_read_only
}

# is_settled_ours: whether OUR_STATE is this node's and is not to be wiped.
is_settled_ours() {
	local place="$RUN_DIR/disk.peek" owner status=1
	mkdir -p "$place"
	peek "$OUR_STATE" "$place" || return 1
	owner="$(state_value "$place/var/lib/homepbp/state.json" node)"
	if [ -n "$owner" ] && [ "$owner" = "$(node_name "$owner")" ]; then
		wipe_is_due "$place" "$(seed_value homepbp-wipe)" || status=0
	fi
	umount "$place"
	return "$status"
}

# node_name DEFAULT: this node's, from its seed; a boot from the disk has none yet.
node_name() {
	local name
	name="$(seed_value local-hostname)"
	printf '%s' "${name:-$1}"
}

# mount_boot_read_only: this replays its journal. If it has recorded errors, it is left to e2fsck.
mount_boot_read_only() {
	local errors=0
	mkdir -p "$BOOT_DIR"
	mount -t ext4 -o ro "/dev/$OUR_BOOT" "$BOOT_DIR" 2>/dev/null || return 0
	[ ! -r "$SYS/fs/ext4/$OUR_BOOT/errors_count" ] || read -r errors <"$SYS/fs/ext4/$OUR_BOOT/errors_count"
	if [ "$errors" = 0 ]; then
		BOOT_IN_USE="$OUR_BOOT"
		say "this node's disk is $OUR_DISK"
	else
		umount "$BOOT_DIR"
	fi
}

# prepare_disk: STATE at STATE_DIR and BOOT at BOOT_DIR, both writable, made first where that is
# allowed; disk.json says what was done.
prepare_disk() {
	if [ "$HOMEPBP_MODE" != live ]; then
		write_disk_json "mode $HOMEPBP_MODE does not use disks"
	elif [ "$(seed_value homepbp-disk)" = none ]; then
		use_memory
	else
		run_disk_program
		take_disk_result
	fi
}

use_memory() {
	mkdir -p "$STATE_DIR"
	mount_tmpfs "$STATE_DIR" 50%
	say "nodes.yaml says 'disk: none': this node keeps its data in RAM and loses it at power-off"
	tell_at_login "HomePBP: 'disk: none': this node keeps its data in RAM and loses it at power-off"
	write_disk_json "nodes.yaml says 'disk: none'"
}

# run_disk_program: shows everything that it and its tools print.
run_disk_program() {
	local line
	rm -f "$DISK_RESULT"
	bind_system dev proc sys run
	NODE="$(seed_value local-hostname)" DISK="$(seed_value homepbp-disk)" WIPE="$(seed_value homepbp-wipe)" \
		SETTLED_AT="$SETTLED_AT" BOOT_IN_USE="$BOOT_IN_USE" RESULT=/run/homepbp/disk.result \
		in_root /usr/lib/homepbp/disk/prepare 2>&1 | while IFS= read -r line; do
		say "disk: $line"
	done
	unbind_system run sys proc dev
	# udev catches up on what it was locked out of; until then partitions may vanish for a moment.
	settle_devices
}

# take_disk_result: mounts what the program found or made.
take_disk_result() {
	local word='' disk='' state='' boot='' esp=''
	[ ! -r "$DISK_RESULT" ] || read -r word disk state boot esp <"$DISK_RESULT"
	case "$word" in
	use) ;;
	refuse) refuse_disk "$disk $state $boot $esp" && return ;;
	*) refuse_disk "the program that prepares the disk stopped early; see its messages above" && return ;;
	esac
	mkdir -p "$STATE_DIR"
	mount -t ext4 "/dev/$state" "$STATE_DIR" ||
		{ refuse_disk "STATE (/dev/$state) cannot be mounted" && return; }
	DISK_STATE=mounted DISK_DEVICE="/dev/$disk" STATE_DEVICE="/dev/$state"
	[ "$esp" = - ] || ESP_DEVICE="/dev/$esp"
	[ "$boot" = - ] || mount_boot "$boot"
	say "STATE is $STATE_DEVICE"
	write_disk_json ''
}

mount_boot() {
	mkdir -p "$BOOT_DIR"
	if [ "$BOOT_IN_USE" = "$1" ]; then
		mount -o remount,rw "$BOOT_DIR"
	else
		mount -t ext4 "/dev/$1" "$BOOT_DIR"
	fi && BOOT_DEVICE="/dev/$1" && return
	say "WARNING: HOMEPBP_BOOT (/dev/$1) cannot be written; this system is not saved for later boots"
}

# refuse_disk REASON: the node comes up without STATE, so that somebody can log in; without STATE nothing
# starts k3s.
refuse_disk() {
	DISK_STATE=refused
	say "NO STATE: $1"
	say "  k3s will not start on this node; the system still boots so that you can log in"
	tell_at_login "HomePBP: NO STATE, so k3s does not start: $1"
	write_disk_json "$1"
}

# write_disk_json REASON: for the agent, Genesis and people.
write_disk_json() {
	local state="$STATE_DIR/var/lib/homepbp/state.json" uuid='' node=''
	if [ "$DISK_STATE" = mounted ]; then
		uuid="$(state_value "$state" uuid)"
		node="$(state_value "$state" node)"
	fi
	cat >"$RUN_DIR/disk.json" <<-END
		{
		  "version": 1,
		  "state": "$DISK_STATE",
		  "device": $(json_or_null "$STATE_DEVICE"),
		  "disk": $(json_or_null "$DISK_DEVICE"),
		  "boot": $(json_or_null "$BOOT_DEVICE"),
		  "esp": $(json_or_null "$ESP_DEVICE"),
		  "reason": $(json_or_null "$1"),
		  "uuid": $(json_or_null "$uuid"),
		  "node": $(json_or_null "$node")
		}
	END
}

# json_or_null TEXT: a JSON string; null for no text.
json_or_null() {
	if [ -z "$1" ]; then
		printf null
	else
		printf '"%s"' "$(printf '%s' "$1" | tr '\000-\037\177' ' ' | sed 's/[\\"]/\\&/g')"
	fi
}

uptime_seconds() {
	local seconds _
	read -r seconds _ <"$HOMEPBP_SYSROOT/proc/uptime"
	printf '%s' "${seconds%%.*}"
}
