# Kernel modules: Ubuntu's root images hold none, and the initrd's set lacks veth, br_netfilter
# and vxlan. The packages of the list are unpacked and bound to /lib/modules/<version>.
# shellcheck shell=sh

MODULES_DIR="$RUN_DIR/modules"

# install_modules: refuses to go on when the list has modules but none for this kernel: a node
# without them joins nothing, and fails later with messages that say nothing about the cause. A
# list without any modules is a user's choice, and only a warning.
install_modules() {
	local version
	version="$(uname -r)"
	if [ -z "$(listed 'debs/*')" ]; then
		[ -d "$NEW_ROOT/lib/modules/$version" ] ||
			say "WARNING: no modules for kernel $version; k3s will not run here"
		return 0
	fi
	unpack_all "$version"
	[ -d "$MODULES_DIR/$version" ] || give_up "there are no modules for this kernel, $version" \
		"$HOMEPBP_BASE/$HOMEPBP_OS/debs/ has modules for:${OTHER_VERSIONS:- none}" \
		"give nodes.yaml the kernel and the modules of one version"
	bind_modules "$version"
	say "modules for kernel $version in place"
}

# Versions that were found beside the running kernel's.
OTHER_VERSIONS=''

unpack_all() {
	local version="$1" path
	mkdir -p "$MODULES_DIR"
	# Twice the estimate: a bound that is too tight would cut modules short.
	mount_tmpfs "$MODULES_DIR" "$((2 * ($(total_bytes 'debs/*') + $(unpacked_module_bytes)) / 1024 + 65536))k"
	bind_into_root "$MODULES_DIR"
	mkdir -p "$MODULES_DIR/unpacked"
	for path in $(listed 'debs/*'); do
		fetch_listed "$path" "$MODULES_DIR/package"
		unpack "$path" || give_up "$path could not be unpacked" "$(unpack_log)" \
			"check the file (dpkg-deb --contents); the image needs dpkg-deb and tar"
		rm -f "$MODULES_DIR/package"
	done
	unbind_from_root "$MODULES_DIR"
	take_modules "$version"
	rm -rf "$MODULES_DIR/unpacked"
}

# unpack PATH: $MODULES_DIR/package into $MODULES_DIR/unpacked with the image's own tools, since
# initrds have no dpkg-deb and Ubuntu's no tar; MODULES_DIR has the same name in there.
unpack() {
	local inside="${MODULES_DIR#"$HOMEPBP_SYSROOT"}"
	case "$1" in
	*.deb) chroot "$NEW_ROOT" dpkg-deb -x "$inside/package" "$inside/unpacked" ;;
	*.tar) chroot "$NEW_ROOT" tar -xf "$inside/package" -C "$inside/unpacked" ;;
	*) say "$1 is neither .deb nor .tar; ignored" ;;
	esac 2>"$RUN_DIR/unpack.log"
}

unpack_log() {
	local line last='no message'
	while IFS= read -r line; do last="$line"; done <"$RUN_DIR/unpack.log"
	printf '%s' "$last"
}

# take_modules VERSION: this kernel's tree out of what was unpacked; packages from before and
# after /usr was merged put it in different places. Moved, not copied: it is in RAM.
take_modules() {
	local tree
	for tree in "$MODULES_DIR"/unpacked/lib/modules/* "$MODULES_DIR"/unpacked/usr/lib/modules/*; do
		[ -d "$tree" ] || continue
		if [ "${tree##*/}" != "$1" ]; then
			say "modules for kernel ${tree##*/} are ignored, this one is $1"
			OTHER_VERSIONS="$OTHER_VERSIONS ${tree##*/}"
		elif [ -d "$MODULES_DIR/$1" ]; then
			cp -a "$tree/." "$MODULES_DIR/$1/" || give_up_modules "$tree"
		else
			mv "$tree" "$MODULES_DIR/$1" || give_up_modules "$tree"
		fi
	done
}

give_up_modules() {
	give_up "the modules could not be put together" "$1" \
		"this machine may have run out of memory; give it more"
}

# bind_modules VERSION: /lib may be a link to usr/lib, so mount through the name that is none.
bind_modules() {
	local place="$NEW_ROOT/lib/modules/$1"
	[ ! -L "$NEW_ROOT/lib" ] || place="$NEW_ROOT/usr/lib/modules/$1"
	mkdir -p "$place"
	mount -o bind "$MODULES_DIR/$1" "$place"
	chroot "$NEW_ROOT" depmod "$1" || give_up "depmod failed for kernel $1" "$place" \
		"the root image needs the package kmod"
}

# bind_into_root DIRECTORY: makes a directory of /run visible to tools run by chroot.
bind_into_root() {
	local inside="$NEW_ROOT${1#"$HOMEPBP_SYSROOT"}"
	mkdir -p "$inside"
	mount -o bind "$1" "$inside"
}

unbind_from_root() {
	local inside="$NEW_ROOT${1#"$HOMEPBP_SYSROOT"}"
	umount "$inside" && rmdir "$inside" "${inside%/*}"
}
