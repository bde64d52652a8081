# The environment of a boot: the kernel's file systems, programs, devices, and the switch to the root.
# shellcheck shell=sh

# Where the root of the running system is put together.
NEW_ROOT="$HOMEPBP_SYSROOT/root"
BUSYBOX="$HOMEPBP_SYSROOT/homepbp/bin/busybox"

# mount_kernel_folders: as every initramfs does. Runs before the applets are linked.
mount_kernel_folders() {
	"$BUSYBOX" mkdir -p /dev /proc /sys /run /root /tmp
	"$BUSYBOX" mount -t sysfs -o nodev,noexec,nosuid sysfs /sys
	"$BUSYBOX" mount -t proc -o nodev,noexec,nosuid proc /proc
	"$BUSYBOX" mount -t devtmpfs -o nosuid,mode=0755 udev /dev
	"$BUSYBOX" mount -t tmpfs -o nodev,noexec,nosuid,size=20%,mode=0755 tmpfs /run
	# Bash and others of the root image look there.
	"$BUSYBOX" ln -s /proc/self/fd /dev/fd
}

# link_programs: gives each applet that we use its name in our own folder, which is first in PATH.
link_programs() {
	local applet
	while read -r applet; do
		"$BUSYBOX" ln -s busybox "${BUSYBOX%/*}/$applet"
	done <"$HOMEPBP_SYSROOT/homepbp/applets"
}

# Rules of the initrd's udev that would assemble disks, and so write to them.
ASSEMBLY_RULES='64-md-raid-assembly.rules 63-md-raid-arrays.rules 69-lvm.rules
69-lvm-metad.rules 56-lvm.rules 64-lvm.rules 65-md-incremental.rules 69-bcache.rules 90-zfs.rules'

# mask_rules FOLDER: of udev's settings below it.
mask_rules() {
	local name
	mkdir -p "$1/etc/udev/rules.d"
	for name in $ASSEMBLY_RULES; do
		ln -sf /dev/null "$1/etc/udev/rules.d/$name"
	done
}

# start_udev: loads drivers for the hardware, by the initrd's own rules.
start_udev() {
	local program
	program="$(first_program /usr/lib/systemd/systemd-udevd /lib/systemd/systemd-udevd)" || {
		say "WARNING: this initrd has no udev; only drivers built into the kernel will work"
		return 0
	}
	mask_rules "$HOMEPBP_SYSROOT"
	"$program" --daemon --resolve-names=never
	udevadm trigger --type=subsystems --action=add
	udevadm trigger --type=devices --action=add
	settle_devices
}

# settle_devices: returns when udev is idle, or after half a minute.
settle_devices() { udevadm settle --timeout=30 >/dev/null 2>&1; }

# stop_udev: the running system starts its own, which finds what this one learned in /run/udev.
stop_udev() { udevadm control --timeout=60 --exit 2>/dev/null || :; }

# load_module NAME: by the initrd's own kmod, which can read its modules; ours may not.
load_module() {
	local program
	program="$(first_program /sbin/modprobe /usr/sbin/modprobe)" && "$program" -q "$1"
}

# first_program PATH…: the first that exists; 1 if none does.
first_program() {
	local path
	for path in "$@"; do
		[ ! -x "$HOMEPBP_SYSROOT$path" ] || { printf '%s' "$HOMEPBP_SYSROOT$path" && return; }
	done
	return 1
}

# check_root: gives up if the root image has no init to start.
check_root() {
	local program
	program="$(init_program)"
	[ -x "$NEW_ROOT$program" ] || [ -L "$NEW_ROOT$program" ] ||
		give_up "the root image has no $program" "$HOMEPBP_OS/rootfs.squashfs" \
			"use the root image of a complete system in nodes.yaml"
}

# init_program: what the kernel line's init= says.
init_program() {
	local line word program=/sbin/init
	IFS= read -r line <"$HOMEPBP_SYSROOT/proc/cmdline"
	set -f
	for word in $line; do
		case "$word" in init=/*) program="${word#init=}" ;; esac
	done
	set +f
	printf '%s' "$program"
}

# start_root ARGUMENT…: replaces this process by the root's init, and frees the initramfs.
start_root() {
	local folder program
	program="$(init_program)"
	for folder in dev proc sys run; do
		mount -o move "/$folder" "$NEW_ROOT/$folder"
	done
	# busybox only empties an initramfs, which it recognizes by this file.
	[ -f /init ] || : >/init
	exec switch_root -c /dev/console "$NEW_ROOT" "$program" "$@"
}
