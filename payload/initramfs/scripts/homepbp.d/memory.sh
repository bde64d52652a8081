# Is there enough RAM? Asked before anything large is loaded.
# shellcheck shell=sh

# What the running system needs beside its files, and how much larger than itself a package of
# modules unpacks (Ubuntu 20.04's: five times).
MEMORY_HEADROOM=$((512 * 1048576))
UNPACK_FACTOR=5

check_memory() {
	local available needed files unpacked
	available="$(available_bytes)"
	files="$(total_bytes '*')"
	unpacked="$(unpacked_module_bytes)"
	needed=$((files + unpacked + MEMORY_HEADROOM))
	if [ "$available" -lt "$needed" ]; then
		give_up "too little memory: $(mebibytes "$available") are free, $(mebibytes "$needed") are needed" \
			"$(mebibytes "$files") of files, $(mebibytes "$unpacked") of unpacked modules, $(mebibytes "$MEMORY_HEADROOM") to run" \
			"give this machine more memory (about $(mebibytes $((needed - available))) more)"
	fi
	say "memory: $(mebibytes "$available") free, $(mebibytes "$needed") needed"
}

# unpacked_module_bytes: an estimate from above; a tar is as large as what it holds.
unpacked_module_bytes() {
	printf '%s' "$(($(total_bytes 'debs/*.deb') * UNPACK_FACTOR + $(total_bytes 'debs/*.tar')))"
}

available_bytes() {
	local key kibibytes _
	while read -r key kibibytes _; do
		[ "$key" != MemAvailable: ] || printf '%s' "$((kibibytes * 1024))"
	done <"$HOMEPBP_SYSROOT/proc/meminfo"
}
