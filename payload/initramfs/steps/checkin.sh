# Check-ins: this machine tells Genesis how far it is. A boot never depends on them: there may be no
# listener (a NAS), so each takes at most CHECKIN_WAIT seconds, and failure does not matter.
# shellcheck shell=sh

CHECKIN_WAIT=2
# The last stage reported; empty until there is a network.
CHECKIN_STAGE=''

# check_in STAGE MESSAGE [ERROR]: one line each; no secrets. ERROR: why the boot ends here.
check_in() {
	CHECKIN_STAGE="$1"
	is_base_url "$HOMEPBP_BASE" || return 0
	run_limited "$CHECKIN_WAIT" post_checkin "$(checkin_body "$@")" >/dev/null 2>&1
	return 0
}

# check_in_fault ERROR: in the last stage reported, if any.
check_in_fault() {
	[ -z "$CHECKIN_STAGE" ] || check_in "$CHECKIN_STAGE" '' "$1"
}

# check_in_disk: what the disk step did, according to disk.json.
check_in_disk() {
	local state device reason
	[ -r "$RUN_DIR/disk.json" ] || return 0
	state="$(disk_record state)" device="$(disk_record device)" reason="$(disk_record reason)"
	case "$state" in
	mounted) check_in disk "STATE is mounted from ${device:-the disk}" ;;
	refused) check_in disk '' "the disk is not used: $reason" ;;
	*) check_in disk "no disk${reason:+: $reason}" ;;
	esac
}

# disk_record KEY: a text of disk.json; nothing where it is null or has quotes in it.
disk_record() { sed -n "s/.*\"$1\": *\"\([^\"\\\\]*\)\".*/\1/p" "$RUN_DIR/disk.json"; }

checkin_body() {
	local error=null
	[ -z "${3:-}" ] || error="\"$(json_text "$3")\""
	printf '{"mac":"%s","stage":"%s","message":"%s","error":%s}' \
		"$HOMEPBP_NODE" "$1" "$(json_text "$2")" "$error"
}

# json_text TEXT: the inside of a JSON string; cut, and without control characters.
json_text() { printf '%.400s' "$1" | tr -d '\000-\037\177' | sed 's/[\\"]/\\&/g'; }

post_checkin() {
	wget -q -O /dev/null --header 'Content-Type: application/json' --post-data "$1" \
		"$HOMEPBP_BASE/api/checkin"
}
