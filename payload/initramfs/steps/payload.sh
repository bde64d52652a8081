# What HomePBP runs in the booted system: this layer carries it as /homepbp/node/<folder>/.
# shellcheck shell=sh

PAYLOAD_PLACE=usr/lib/homepbp

# place_payload: into /usr/lib/homepbp/, its units into systemd, its command into PATH.
place_payload() {
	local unit
	[ -d "$HOMEPBP_SYSROOT/homepbp/node" ] || return 0
	mkdir -p "$NEW_ROOT/$PAYLOAD_PLACE"
	cp -a "$HOMEPBP_SYSROOT/homepbp/node/." "$NEW_ROOT/$PAYLOAD_PLACE/" ||
		give_up "HomePBP's own programs could not be copied" "$NEW_ROOT/$PAYLOAD_PLACE" \
			"this machine may have run out of memory; add more"
	for unit in "$NEW_ROOT/$PAYLOAD_PLACE"/systemd/*.*; do
		[ ! -f "$unit" ] || place_unit "${unit##*/}"
	done
	if [ -f "$NEW_ROOT/$PAYLOAD_PLACE/bin/homepbp" ]; then
		mkdir -p "$NEW_ROOT/usr/local/sbin"
		ln -sf "/$PAYLOAD_PLACE/bin/homepbp" "$NEW_ROOT/usr/local/sbin/homepbp"
	fi
}

# place_unit NAME: what `systemctl link` and `enable` would do; there is no systemctl here.
place_unit() {
	local target kind place="$NEW_ROOT/etc/systemd/system"
	mkdir -p "$place"
	ln -sf "/$PAYLOAD_PLACE/systemd/$1" "$place/$1"
	install_section "$NEW_ROOT/$PAYLOAD_PLACE/systemd/$1" | while read -r kind target; do
		mkdir -p "$place/$target.$kind"
		ln -sf "/$PAYLOAD_PLACE/systemd/$1" "$place/$target.$kind/$1"
	done
}

# install_section FILE: `wants <unit>` and `requires <unit>`, one a line, of its [Install] section.
install_section() {
	local line section='' target
	while IFS= read -r line || [ -n "$line" ]; do
		case "$line" in
		'['*']') section="$line" && continue ;;
		esac
		case "$section$line" in
		'[Install]WantedBy='*) for target in ${line#*=}; do echo "wants $target"; done ;;
		'[Install]RequiredBy='*) for target in ${line#*=}; do echo "requires $target"; done ;;
		esac
	done <"$1"
}
