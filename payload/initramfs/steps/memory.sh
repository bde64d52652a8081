# Is there enough RAM? Asked before anything large is loaded.
# shellcheck shell=sh

# What the running system needs beside its files, and how much larger than itself a package of
# modules unpacks (Ubuntu 20.04's: five times).
MEMORY_HEADROOM=$((512 * 1048576))
UNPACK_FACTOR=5

# check_memory: of the list only what is then held in RAM counts. For a root image on the disk it is not
# asked.
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

# module_bytes PATTERN: of the module packages that it fits.
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
