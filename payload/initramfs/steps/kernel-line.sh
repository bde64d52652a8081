# The parameters: homepbp.* words and BOOTIF of the kernel line.
# shellcheck shell=sh

HOMEPBP_BASE='' HOMEPBP_NODE='' HOMEPBP_OS='' HOMEPBP_OS_SHA256='' HOMEPBP_MODE=''
# Where the system comes from: `network`, or `disk` and from which slot. GRUB says so.
HOMEPBP_BOOT=network HOMEPBP_SLOT=''
# What a boot stick has instead of DHCP: ADDRESS/PREFIX,GATEWAY,DNS; the last two may be empty.
HOMEPBP_ADDRESS=''
# The MAC address of the NIC that booted, as /sys writes it (lower case, colons).
BOOT_MAC=''

read_kernel_line() {
	local line
	IFS= read -r line <"$HOMEPBP_SYSROOT/proc/cmdline"
	parse_kernel_line "$line"
	check_parameters
}

# parse_kernel_line TEXT: the known words into their variables.
parse_kernel_line() {
	local word
	set -f
	for word in $1; do
		case "$word" in
		homepbp.base=*) HOMEPBP_BASE="${word#*=}" ;;
		homepbp.node=*) HOMEPBP_NODE="${word#*=}" ;;
		homepbp.os=*) HOMEPBP_OS="${word#*=}" ;;
		homepbp.os_sha256=*) HOMEPBP_OS_SHA256="${word#*=}" ;;
		homepbp.mode=*) HOMEPBP_MODE="${word#*=}" ;;
		homepbp.address=*) HOMEPBP_ADDRESS="${word#*=}" ;;
		homepbp.boot=*) HOMEPBP_BOOT="${word#*=}" ;;
		homepbp.slot=*) HOMEPBP_SLOT="${word#*=}" ;;
		homepbp.reboot_delay=*) shorten_reboot_delay "${word#*=}" ;;
		homepbp.*) say "unknown kernel parameter '${word%%=*}' ignored" ;;
		BOOTIF=*) BOOT_MAC="$(mac_from_bootif "${word#*=}")" ;;
		esac
	done
	set +f
	[ -n "$BOOT_MAC" ] || BOOT_MAC="$(mac_from_bootif "01-$HOMEPBP_NODE")"
}

shorten_reboot_delay() {
	case "$1" in
	'' | *[!0-9]* | ???*) say "homepbp.reboot_delay=$1 is not a number of seconds up to 60; ignored" ;;
	*) [ "$1" -gt "$REBOOT_DELAY" ] || REBOOT_DELAY="$1" ;;
	esac
}

# mac_from_bootif BOOTIF: `01-AA-BB-…` (01 is Ethernet, as PXELINUX writes it) or with colons
# → `aa:bb:…`; prints nothing for anything else.
mac_from_bootif() {
	local mac
	mac="$(printf '%s' "$1" | tr 'A-F-' 'a-f:')"
	case "$mac" in
	01:*) mac="${mac#01:}" ;;
	*) return 0 ;;
	esac
	! is_mac "$mac" : || printf '%s' "$mac"
}

# is_mac TEXT SEPARATOR: six pairs of lower-case hexadecimal digits.
is_mac() {
	local pair='[0-9a-f][0-9a-f]'
	# shellcheck disable=SC2254 # a pattern is meant
	case "$1" in
	$pair$2$pair$2$pair$2$pair$2$pair$2$pair) return 0 ;;
	esac
	return 1
}

is_sha256() {
	case "$1" in *[!0-9a-f]*) return 1 ;; esac
	[ "${#1}" -eq 64 ]
}

# is_safe_path PATH: relative, stays below its root, and needs no quoting anywhere.
is_safe_path() {
	case "$1" in
	'' | *[!A-Za-z0-9._+~:%/-]* | /* | */ | *//* | -*) return 1 ;;
	esac
	case "/$1/" in
	*/../* | */./*) return 1 ;;
	esac
}

# check_parameters: gives up when a word is missing or is not what the build writes.
check_parameters() {
	local fault=''
	is_base_url "$HOMEPBP_BASE" || fault="homepbp.base='$HOMEPBP_BASE' (must be http://HOST[:PORT][/FOLDER])"
	is_mac "$HOMEPBP_NODE" - || fault="homepbp.node='$HOMEPBP_NODE' (must be a MAC address with hyphens)"
	is_safe_path "$HOMEPBP_OS" || fault="homepbp.os='$HOMEPBP_OS' (must be a folder below homepbp.base)"
	is_sha256 "$HOMEPBP_OS_SHA256" || fault="homepbp.os_sha256='$HOMEPBP_OS_SHA256' (must be 64 hexadecimal digits)"
	case "$HOMEPBP_MODE" in
	live | recovery) ;;
	*) fault="homepbp.mode='$HOMEPBP_MODE' (must be live or recovery)" ;;
	esac
	case "$HOMEPBP_BOOT$HOMEPBP_SLOT" in
	network | diska | diskb) ;;
	*) fault="homepbp.boot='$HOMEPBP_BOOT' homepbp.slot='$HOMEPBP_SLOT' (must be network, or disk with slot a or b)" ;;
	esac
	is_own_address "$HOMEPBP_ADDRESS" ||
		fault="homepbp.address='$HOMEPBP_ADDRESS' (must be ADDRESS/PREFIX,GATEWAY,DNS)"
	[ -z "$fault" ] || give_up "invalid kernel parameter $fault" "the kernel command line" \
		"run ./homepbp build on Genesis, then start this machine again"
}

# is_own_address WORD: or nothing.
is_own_address() {
	local rest="${1#*,}" prefix="${1%%,*}"
	case "$1" in
	'') return 0 ;;
	*,*,*,*) return 1 ;;
	*/*,*,*) ;;
	*) return 1 ;;
	esac
	case "${prefix#*/}" in [1-9] | [12][0-9] | 3[0-2]) ;; *) return 1 ;; esac
	is_ipv4 "${1%%/*}" && is_ipv4_or_empty "${rest%,*}" && is_ipv4_or_empty "${rest#*,}"
}

is_ipv4_or_empty() { [ -z "$1" ] || is_ipv4 "$1"; }
