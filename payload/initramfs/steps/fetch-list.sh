# fetch.list: which files make this system, with size and SHA-256. One line a file:
#   <sha256> <bytes> <path below homepbp.os> [<url>…]
# shellcheck shell=sh

FETCH_LIST="$RUN_DIR/fetch.list"

# fetch_list: the list itself, whose SHA-256 is on the kernel line.
fetch_list() {
	local url="$HOMEPBP_BASE/$HOMEPBP_OS/fetch.list"
	say "fetching $url"
	fetch_verified fetch.list "$FETCH_LIST" "" "$HOMEPBP_OS_SHA256" "$url"
	check_fetch_list "$FETCH_LIST"
}

# check_fetch_list FILE: gives up at a line that the build would not write, such as a path that leaves
# its folder (../../etc/x).
check_fetch_list() {
	local sha256 bytes path urls number=0 seen=' '
	while read -r sha256 bytes path urls; do
		number=$((number + 1))
		if ! is_sha256 "$sha256" || ! is_byte_count "$bytes" || ! is_safe_path "$path"; then
			give_up_list "line $number is not '<sha256> <bytes> <path>'"
		fi
		case "$seen" in *" $path "*) give_up_list "line $number: duplicate path $path" ;; esac
		seen="$seen$path "
	done <"$1"
	case "$seen" in
	*' rootfs.squashfs '*) ;;
	*) give_up_list "rootfs.squashfs is not listed" ;;
	esac
}

give_up_list() {
	give_up "fetch.list cannot be used: $1" "$HOMEPBP_BASE/$HOMEPBP_OS/fetch.list" \
		"run ./homepbp build on Genesis, then start this machine again"
}

# At most 15 digits, which shell arithmetic holds.
is_byte_count() {
	case "$1" in '' | *[!0-9]* | 0?* | ????????????????*) return 1 ;; esac
}

# listed PATTERN: the paths of the list that match a shell pattern, one a line.
listed() {
	local sha256 bytes path urls
	while read -r sha256 bytes path urls; do
		# shellcheck disable=SC2254 # a pattern is meant
		case "$path" in $1) printf '%s\n' "$path" ;; esac
	done <"$FETCH_LIST"
}

# total_bytes PATTERN: the sum of those files' sizes.
total_bytes() {
	local sha256 bytes path urls total=0
	while read -r sha256 bytes path urls; do
		# shellcheck disable=SC2254 # a pattern is meant
		case "$path" in $1) total=$((total + bytes)) ;; esac
	done <"$FETCH_LIST"
	printf '%s' "$total"
}

# read_listed PATH: its fields into the caller's $sha256, $bytes and $urls; 1 when it is not listed.
read_listed() {
	local path
	while read -r sha256 bytes path urls; do
		[ "$path" != "$1" ] || return 0
	done <"$FETCH_LIST"
	return 1
}

# listed_url PATH: where Genesis has it.
listed_url() { printf '%s/%s/%s' "$HOMEPBP_BASE" "$HOMEPBP_OS" "$(escape_percent "$1")"; }

# fetch_listed PATH FILE: one file of the list, from Genesis or else from its own URLs, verified.
fetch_listed() {
	local sha256='' bytes=0 urls=''
	read_listed "$1"
	say "fetching $1 ($(mebibytes "$bytes"))"
	# shellcheck disable=SC2046,SC2086 # one word a URL
	fetch_verified "$1" "$2" "$bytes" "$sha256" "$(listed_url "$1")" $(http_only $urls)
}

# fetch_optional PATH FILE: the same for what a boot can do without: returns 1 and sets FETCH_FAULT on failure.
fetch_optional() {
	local sha256='' bytes=0 urls=''
	read_listed "$1"
	# shellcheck disable=SC2046,SC2086 # one word a URL
	fetch_checked "$1" "$2" "$bytes" "$sha256" "$(listed_url "$1")" $(http_only $urls)
}

# take_listed PATH FILE: copied from the disk if it has one, else fetched.
take_listed() {
	local cached
	if cached="$(cached_file "$1")" && cp "$cached" "$2"; then
		say "using $1 on the disk"
	else
		fetch_listed "$1" "$2"
	fi
}

# Package file names have %3a for the colon of an epoch; in a URL that would mean the colon itself.
escape_percent() { printf '%s' "$1" | sed 's/%/%25/g'; }

# http_only URL…: wget here has no TLS.
http_only() {
	local url
	for url in "$@"; do
		case "$url" in http://*) printf '%s\n' "$url" ;; esac
	done
}

# mebibytes BYTES: `124 MiB`, rounded up.
mebibytes() { printf '%s MiB' "$((($1 + 1048575) / 1048576))"; }
