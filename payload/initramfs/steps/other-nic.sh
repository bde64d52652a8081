# If this machine has no card with the seed's address (a new card, a new board, a dock), the only card
# with a link is used instead.
# shellcheck shell=sh disable=SC2034 # HOMEPBP_NODE is for later steps.

# Seconds to wait for a link.
CARRIER_WAIT=10
# The address in the seed, if another card is used instead.
REPLACED_MAC=''

# replace_nic: sets BOOT_MAC to the only card with a link, and says so; 1 if there is not exactly one.
replace_nic() {
	local nics mac
	nics="$(cards_with_cable)"
	case "$nics" in
	'') say "WARNING: no network card has the MAC address $BOOT_MAC, and none has a link" && return 1 ;;
	*[!A-Za-z0-9._-]*)
		say "WARNING: no network card has the MAC address $BOOT_MAC, and more than one has a link:" "$(printf '%s' "$nics" | tr '\n' ' ')"
		return 1
		;;
	esac
	mac="$(nic_value "$nics" address)"
	say "WARNING: this machine has no network card $BOOT_MAC; using $nics ($mac) instead"
	case "$HOMEPBP_BOOT" in
	disk) say "  add $mac to this node's macs in nodes.yaml; until then a network boot does not recognize this node" ;;
	*) say "  add $mac to this node's macs in nodes.yaml; until then Genesis may refuse this machine its files" ;;
	esac
	REPLACED_MAC="$BOOT_MAC"
	BOOT_MAC="$mac"
}

# cards_with_cable: as carrier_nics, after giving links time to come up.
cards_with_cable() {
	local left="$CARRIER_WAIT" nics
	set_nics up
	while nics="$(carrier_nics)"; [ -z "$nics" ] && [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
	done
	set_nics down
	printf '%s' "$nics"
}

# choose_node_folder: if nodes.yaml lists this card too, Genesis serves it its own folder of nodes/.
choose_node_folder() {
	local own
	[ -n "$REPLACED_MAC" ] || return 0
	own="$(printf '%s' "$BOOT_MAC" | tr : -)"
	download_once meta-data "$RUN_DIR/meta-data" "" "$HOMEPBP_BASE/nodes/$own/meta-data" || return 0
	is_plain "$RUN_DIR/meta-data" || return 0
	HOMEPBP_NODE="$own" REPLACED_MAC=''
}

# match_seed_to_nic: only in the seed of this boot; the disk's stays as Genesis wrote it.
match_seed_to_nic() {
	local file="$SEED_DIR/network-config"
	[ -n "$REPLACED_MAC" ] && [ -f "$file" ] || return 0
	sed "s/$REPLACED_MAC/$BOOT_MAC/g" "$file" >"$file.new" && cat "$file.new" >"$file"
	rm -f "$file.new"
}
