# Base URLs: the grammar of contract/base-url.ts, tested with the same cases.
# shellcheck shell=sh

# is_base_url TEXT: http://HOST[:PORT][/FOLDER]. Plain HTTP only: the initramfs has no TLS; what matters is checked
# by SHA-256.
is_base_url() {
	local server folder=''
	case "$1" in
	*[!A-Za-z0-9_.~@:+=%/-]*) return 1 ;;
	http://?*) server="${1#http://}" ;;
	*) return 1 ;;
	esac
	case "$server" in */*) folder="/${server#*/}" ;; esac
	server="${server%%/*}"
	[ "${#1}" -le 255 ] && is_host "${server%%:*}" && is_folder "$folder" || return 1
	case "$server" in *:*) is_port "${server#*:}" ;; esac
}

# is_host TEXT: an IPv4 address, or a name. One whose last label is a number would be taken for an address.
is_host() {
	local rest="${1%.}" label
	case "$rest" in *[!A-Za-z0-9_.-]*) return 1 ;; esac
	[ "${#rest}" -le 253 ] || return 1
	while :; do
		label="${rest%%.*}"
		case "$label" in '' | -* | *-) return 1 ;; esac
		[ "${#label}" -le 63 ] || return 1
		[ "$label" != "$rest" ] || break
		rest="${rest#*.}"
	done
	case "$label" in
	0[xX]*) case "${label#??}" in *[!0-9A-Fa-f]*) return 0 ;; esac ;;
	*[!0-9]*) return 0 ;;
	esac
	is_ipv4 "$1"
}

# is_ipv4 TEXT: four decimal numbers without leading zeros.
is_ipv4() {
	local rest="$1." part count=0
	while [ -n "$rest" ]; do
		part="${rest%%.*}"
		rest="${rest#*.}"
		count=$((count + 1))
		case "$part" in '' | *[!0-9]* | 0?* | ????*) return 1 ;; esac
		[ "$part" -le 255 ] || return 1
	done
	[ "$count" -eq 4 ]
}

is_port() {
	case "$1" in '' | *[!0-9]* | 0* | ??????*) return 1 ;; esac
	[ "$1" -le 65535 ]
}

# is_folder TEXT: its percent forms are complete and stand for no `/`, `.`, `\` or control character.
is_folder() {
	local rest="$1"
	case "$1/" in */./* | */../*) return 1 ;; esac
	while :; do
		case "$rest" in
		*%*) rest="${rest#*%}" ;;
		*) return 0 ;;
		esac
		case "$rest" in
		2[Ee]* | 2[Ff]* | 5[Cc]* | 7[Ff]*) return 1 ;;
		[2-9A-Fa-f][0-9A-Fa-f]*) ;;
		*) return 1 ;;
		esac
	done
}
