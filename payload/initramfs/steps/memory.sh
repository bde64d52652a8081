# Is there enough RAM? Checked before anything large is loaded.
# shellcheck shell=sh

# What the running system needs besides its files, and how many times larger a package of modules
# unpacks (Ubuntu 20.04's: five times).
MEMORY_HEADROOM=$((512 * 1048576))
UNPACK_FACTOR=5

# check_memory: counts only what is held in RAM. Not called if the root image is on the disk.
check_memory() {
	local available needed files unpacked
	available="$(available_bytes)"
	files=$(($(total_bytes rootfs.squashfs) + $(module_bytes '*')))
	unpacked="$(unpacked_module_bytes)"
	needed=$((files + unpacked + MEMORY_HEADROOM))
	if [ "$available" -lt "$needed" ]; then
		give_up "not enough memory: $(mebibytes "$available") free, $(mebibytes "$needed") needed" \
			"$(mebibytes "$files") of files, $(mebibytes "$unpacked") of unpacked modules, $(mebibytes "$MEMORY_HEADROOM") to run" \
			"give this machine more memory (about $(mebibytes $((needed - available))) more)"
	fi
	say "memory: $(mebibytes "$available") free, $(mebibytes "$needed") needed"
}

# unpacked_module_bytes: an estimate from above; a tar is as large as what it holds.
unpacked_module_bytes() {
	printf '%s' "$(($(module_bytes '*.deb') * UNPACK_FACTOR + $(module_bytes '*.tar')))"
}

# module_bytes PATTERN: of the module packages that match it.
module_bytes() {
	local path total=0
	for path in $(module_packages); do
		# shellcheck disable=SC2254 # a pattern is meant
		case "$path" in $1) total=$((total + $(total_bytes "$path"))) ;; esac
	done
	printf '%s' "$total"
}

available_bytes() {
	local key kibibytes _
	while read -r key kibibytes _; do
		[ "$key" != MemAvailable: ] || printf '%s' "$((kibibytes * 1024))"
	done <"$HOMEPBP_SYSROOT/proc/meminfo"
}
