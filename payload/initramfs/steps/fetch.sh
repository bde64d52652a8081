# Downloads: bounded in time and in number, and checked.
# shellcheck shell=sh

# Tries of a download; the pause after the first, doubled after each; downloads of a file whose
# hash is wrong.
FETCH_TRIES=5
FETCH_PAUSE=2
HASH_TRIES=3
# A download is ended when it stalls for STALL_LIMIT seconds, or averages less than SLOWEST_RATE bytes
# a second.
STALL_LIMIT=30
SLOWEST_RATE=100000
# Why the last download failed, as the server or wget put it.
FETCH_FAULT=''

# download NAME FILE BYTES URL…: tries each URL in turn, FETCH_TRIES times; 1 when none gave the
# whole file. BYTES is empty when unknown.
download() {
	local name="$1" file="$2" bytes="$3" try=1 pause="$FETCH_PAUSE" url
	shift 3
	while :; do
		for url in "$@"; do
			if download_once "$name" "$file" "$bytes" "$url"; then return 0; fi
			say "$name: $FETCH_FAULT ($url)"
		done
		[ "$try" -lt "$FETCH_TRIES" ] || return 1
		try=$((try + 1))
		say "$name: attempt $try of $FETCH_TRIES in $pause s"
		sleep "$pause"
		pause=$((pause * 2))
	done
}

# download_once NAME FILE BYTES URL: 1 with FETCH_FAULT when it failed or is not BYTES long.
download_once() {
	local name="$1" file="$2" bytes="$3" log="$RUN_DIR/wget.log" pid watchdog status=0 size
	rm -f "$file"
	wget -q -O "$file" "$4" 2>"$log" &
	pid=$!
	watch_download "$name" "$file" "$bytes" "$pid" &
	watchdog=$!
	wait "$pid" || status=$?
	kill "$watchdog" 2>/dev/null
	size="$(file_size "$file")"
	if [ "$status" -ne 0 ]; then
		FETCH_FAULT="$(wget_fault "$log" "$size")"
		return 1
	fi
	[ -z "$bytes" ] || [ "$size" -eq "$bytes" ] || {
		FETCH_FAULT="received only $size of $bytes bytes"
		return 1
	}
}

# wget_fault LOG SIZE: wget's last line in plain words; a server's whole status line, because a 403 gives
# its reason there and wget shows no body. An empty log: we ended it.
wget_fault() {
	local line last=''
	while IFS= read -r line; do
		last="$line"
	done <"$1"
	case "$last" in
	'') last="the server stopped sending after $2 bytes" ;;
	*'server returned error: '*) last="the server answered: ${last#*server returned error: }" ;;
	esac
	printf '%s' "${last#wget: }" | tr -d '\000-\037\177'
}

# watch_download NAME FILE BYTES PID: shows progress every ten seconds, and ends wget when it stalls or
# takes too long (busybox wget would wait forever).
watch_download() {
	local name="$1" bytes="${3:-0}" idle=0 seconds=0 size last=0
	while sleep 1; do
		seconds=$((seconds + 1))
		size="$(file_size "$2")"
		[ "$size" -eq "$last" ] && idle=$((idle + 1)) || idle=0
		last="$size"
		if [ "$idle" -ge "$STALL_LIMIT" ] ||
			[ "$seconds" -ge $((STALL_LIMIT * 2 + bytes / SLOWEST_RATE)) ]; then
			kill "$4"
			return
		fi
		[ $((seconds % 10)) -ne 0 ] || say "$name: $(mebibytes "$size") so far"
	done
}

file_size() { stat -c %s "$1" 2>/dev/null || echo 0; }

# fetch_verified NAME FILE BYTES SHA256 URL…: downloads until the hash is right, or gives up.
fetch_verified() {
	local status=0
	fetch_checked "$@" || status=$?
	case "$status" in
	1) give_up_download "$1" "$5" ;;
	2)
		give_up "$1 has the wrong SHA-256 after $HASH_TRIES downloads; it is not used" \
			"$5, expected $4, got $WRONG_SHA256" \
			"run ./homepbp build on Genesis (it hashes the files again), then start this machine again"
		;;
	esac
}

# The hash of the last download whose hash was wrong.
WRONG_SHA256=''

# fetch_checked NAME FILE BYTES SHA256 URL…: 1 when it could not be fetched, 2 when its hash was
# wrong HASH_TRIES times, both with FETCH_FAULT.
fetch_checked() {
	local name="$1" file="$2" bytes="$3" expected="$4" try=1
	shift 4
	while :; do
		download "$name" "$file" "$bytes" "$@" || return 1
		WRONG_SHA256="$(sha256_of "$file")"
		[ "$WRONG_SHA256" != "$expected" ] || return 0
		say "$name: WRONG SHA-256, download $try of $HASH_TRIES"
		say "  expected $expected"
		say "  got      $WRONG_SHA256"
		[ "$name" != rootfs.squashfs ] || forget_image
		[ "$try" -lt "$HASH_TRIES" ] || break
		try=$((try + 1))
		# The next URL first: this server's copy is the bad one.
		set -- "$@" "$1"
		shift
	done
	rm -f "$file"
	FETCH_FAULT="$name has the wrong SHA-256"
	return 2
}

give_up_download() {
	give_up "$1 could not be fetched: $FETCH_FAULT" "$2" \
		"check that Genesis is running (./homepbp start) and serves this URL"
}

# sha256_of FILE: 64 hexadecimal digits. This finds damage and stale files, which is what the hashes
# are for: kernel and initrd came over the same unproven wire.
sha256_of() {
	local line=''
	line="$(sha256sum <"$1")"
	line="${line%% *}"
	printf '%s' "${line:-none (the file cannot be read)}"
}
