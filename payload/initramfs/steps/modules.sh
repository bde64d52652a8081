# Kernel modules: Ubuntu's root images hold none, and the initrd's set lacks veth, br_netfilter
# and vxlan. The packages of the list are unpacked and bound to /lib/modules/<version>.
# shellcheck shell=sh

# In RAM, or on the disk: see choose_modules_dir.
MODULES_DIR="$RUN_DIR/modules"
# Trees that the disk keeps: this kernel's, and the one of the slot before.
MODULES_KEPT=2

# module_packages: the listed packages that hold modules. GRUB's, which fetch puts beside them, and
# what GRUB depends on, are for install_bootloader.
module_packages() {
	local path
	for path in $(listed 'debs/*'); do
		is_for_grub "$path" || printf '%s\n' "$path"
	done
}

grub_packages() {
	local path
	for path in $(listed 'debs/*'); do
		! is_for_grub "$path" || printf '%s\n' "$path"
	done
}

is_for_grub() {
	case "$1" in
	debs/grub*.deb | debs/shim-signed_*.deb | debs/lib*.deb | debs/gettext-base_*.deb) ;;
	debs/dmsetup_*.deb | debs/efibootmgr_*.deb | debs/os-prober_*.deb | debs/mokutil_*.deb) ;;
	debs/sbsigntool_*.deb | debs/fuse*.deb | debs/debconf_*.deb | debs/ucf_*.deb) ;;
	debs/sensible-utils_*.deb | debs/secureboot-db_*.deb | debs/shim_*.deb) ;;
	*) return 1 ;;
	esac
}

# install_modules: gives up when the list has modules but none for this kernel: a node without them
# cannot join, and would fail later with messages that hide the cause. A list without any modules is
# the user's choice, and only a warning.
install_modules() {
	local version
	version="$(uname -r)"
	if [ -z "$(module_packages)" ]; then
		[ -d "$NEW_ROOT/lib/modules/$version" ] ||
			say "WARNING: no modules for kernel $version; k3s will not run here"
		return 0
	fi
	choose_modules_dir
	if is_unpacked "$version"; then
		say "using the modules for kernel $version on the disk"
		bind_modules "$version"
		return 0
	fi
	unpack_all "$version"
	[ -d "$MODULES_DIR/$version" ] || give_up "no modules for this kernel, $version" \
		"$HOMEPBP_BASE/$HOMEPBP_OS/debs/ has modules for:${OTHER_VERSIONS:- none}" \
		"in nodes.yaml, use a kernel and modules of the same version"
	bind_modules "$version"
	in_root depmod "$version" || give_up "depmod failed for kernel $version" \
		"$NEW_ROOT/lib/modules/$version" "the package kmod must be in the root image"
	keep_modules "$version"
	say "modules for kernel $version in place"
}

# choose_modules_dir: unpacked once per kernel version where STATE is a disk's.
choose_modules_dir() {
	[ "$DISK_STATE" != mounted ] || MODULES_DIR="$STATE_DIR/modules"
}

# shellcheck disable=SC2046 # one word a path
modules_stamp() { stamp_of $(module_packages); }

# is_unpacked VERSION: the disk has the complete tree: its stamp is written last.
is_unpacked() {
	[ -f "$MODULES_DIR/$1.packages" ] && [ -d "$MODULES_DIR/$1" ] &&
		[ "$(cat "$MODULES_DIR/$1.packages")" = "$(modules_stamp)" ]
}

# keep_modules VERSION: marks the tree as complete; deletes trees of older kernels.
keep_modules() {
	[ "$MODULES_DIR" = "$STATE_DIR/modules" ] || return 0
	sync
	modules_stamp >"$MODULES_DIR/$1.packages.new" && sync &&
		mv "$MODULES_DIR/$1.packages.new" "$MODULES_DIR/$1.packages"
	drop_old_modules
}

# drop_old_modules: all trees but the newest ones.
drop_old_modules() {
	local tree count=0
	# shellcheck disable=SC2012 # by age; kernel versions have no odd characters
	ls -t "$MODULES_DIR" | sed -n 's/\.packages$//p' | while read -r tree; do
		count=$((count + 1))
		[ "$count" -le "$MODULES_KEPT" ] || rm -rf "$MODULES_DIR/$tree.packages" "${MODULES_DIR:?}/$tree"
	done
}

# Versions found other than the running kernel's.
OTHER_VERSIONS=''

unpack_all() {
	local version="$1" path
	mkdir -p "$MODULES_DIR"
	if [ "$MODULES_DIR" = "$STATE_DIR/modules" ]; then
		# Left over from a power cut.
		rm -rf "$MODULES_DIR/$version.packages" "${MODULES_DIR:?}/$version" "$MODULES_DIR/unpacked"
	else
		# Twice the estimate: a bound that is too tight would cut modules short.
		mount_tmpfs "$MODULES_DIR" "$((2 * ($(module_bytes '*') + $(unpacked_module_bytes)) / 1024 + 65536))k"
	fi
	bind_into_root "$MODULES_DIR"
	mkdir -p "$MODULES_DIR/unpacked"
	for path in $(module_packages); do
		take_listed "$path" "$MODULES_DIR/package"
		unpack "$path" "$MODULES_DIR" || give_up "$path could not be unpacked" "$(unpack_log)" \
			"check the file (dpkg-deb --contents); the image needs dpkg-deb and tar"
		rm -f "$MODULES_DIR/package"
	done
	unbind_from_root "$MODULES_DIR"
	take_modules "$version"
	rm -rf "$MODULES_DIR/unpacked"
}

# take_modules VERSION: this kernel's tree out of what was unpacked; packages from before and
# after /usr was merged put it in different places. Moved, not copied: it may be in RAM.
take_modules() {
	local tree
	for tree in "$MODULES_DIR"/unpacked/lib/modules/* "$MODULES_DIR"/unpacked/usr/lib/modules/*; do
		[ -d "$tree" ] || continue
		if [ "${tree##*/}" != "$1" ]; then
			say "ignoring modules for kernel ${tree##*/}; this one is $1"
			OTHER_VERSIONS="$OTHER_VERSIONS ${tree##*/}"
		elif [ -d "$MODULES_DIR/$1" ]; then
			cp -a "$tree/." "$MODULES_DIR/$1/" || give_up_modules "$tree"
		else
			mv "$tree" "$MODULES_DIR/$1" || give_up_modules "$tree"
		fi
	done
}

give_up_modules() {
	give_up "could not put the modules together" "$1" \
		"this machine may have run out of memory; add more"
}

# bind_modules VERSION: /lib may be a link to usr/lib, so mount on the path without a link.
bind_modules() {
	local place="$NEW_ROOT/lib/modules/$1"
	[ ! -L "$NEW_ROOT/lib" ] || place="$NEW_ROOT/usr/lib/modules/$1"
	mkdir -p "$place"
	mount -o bind "$MODULES_DIR/$1" "$place"
}
