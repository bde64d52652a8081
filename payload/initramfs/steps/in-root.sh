# Tools of the root image, run by chroot in the assembled root. What they work on is bind-mounted there,
# at the same paths as here.
# shellcheck shell=sh

# in_root COMMAND…: started by the image's own shell: busybox's chroot would take an applet of busybox
# for a command of that name, and its dpkg-deb knows no zstd.
in_root() { chroot "$NEW_ROOT" /bin/sh -c 'exec "$@"' sh "$@"; }

# bind_into_root DIRECTORY: a directory of /run.
bind_into_root() {
	local inside="$NEW_ROOT${1#"$HOMEPBP_SYSROOT"}"
	mkdir -p "$inside"
	mount -o bind "$1" "$inside"
}

unbind_from_root() {
	local inside="$NEW_ROOT${1#"$HOMEPBP_SYSROOT"}"
	umount "$inside" && rmdir "$inside" "${inside%/*}" 2>/dev/null
	return 0
}

# bind_system NAME…: of dev, proc, sys and run those that a tool needs.
bind_system() {
	local name
	for name in "$@"; do
		mkdir -p "$NEW_ROOT/$name"
		mount -o bind "$HOMEPBP_SYSROOT/$name" "$NEW_ROOT/$name"
	done
}

unbind_system() {
	local name
	for name in "$@"; do umount "$NEW_ROOT/$name"; done
}

# unpack_listed FOLDER PATH…: fetches files of the list and unpacks them into FOLDER/unpacked, one by
# one; returns 1 and sets FETCH_FAULT at the first failure. For what a boot can do without.
unpack_listed() {
	local folder="$1" path
	shift
	for path in "$@"; do
		say "fetching $path ($(mebibytes "$(total_bytes "$path")"))"
		fetch_optional "$path" "$folder/package" || {
			FETCH_FAULT="$path could not be fetched: $FETCH_FAULT"
			return 1
		}
		unpack "$path" "$folder" || {
			FETCH_FAULT="$path could not be unpacked: $(unpack_log)"
			return 1
		}
		rm -f "$folder/package"
	done
}

# unpack PATH FOLDER: FOLDER/package, which is that file of the list, into FOLDER/unpacked.
unpack() {
	local inside="${2#"$HOMEPBP_SYSROOT"}"
	case "$1" in
	*.deb) in_root dpkg-deb -x "$inside/package" "$inside/unpacked" ;;
	*.tar) in_root tar -xf "$inside/package" -C "$inside/unpacked" ;;
	*) say "$1 is neither .deb nor .tar; ignored" ;;
	esac 2>"$RUN_DIR/unpack.log"
}

unpack_log() {
	local line last='no message'
	while IFS= read -r line; do last="$line"; done <"$RUN_DIR/unpack.log"
	printf '%s' "$last"
}

# stamp_of PATH…: which packages a tree was unpacked from.
stamp_of() {
	# shellcheck disable=SC2034 # read_listed sets them all
	local path sha256 bytes urls
	for path in "$@"; do
		read_listed "$path"
		echo "$sha256 $path"
	done
}
