# Network on the NIC that booted, and its complete removal before the system starts.
# shellcheck shell=sh

# Seconds to wait for the NIC's driver, and for a DHCP server (spanning tree alone takes 50 s).
NIC_WAIT=60
DHCP_WAIT=120
# Seconds to wait for a link where no DHCP is asked.
LINK_WAIT=60
# Seconds after which another unanswered round is reported.
DHCP_ROUND=30
NIC=''

start_network() {
	take_nic || give_up \
		"no network card with MAC address $BOOT_MAC appeared within $NIC_WAIT s" \
		"this machine has: $(list_nics)" \
		"its driver may be missing from the initrd; if one of these cards is to be used (a dock's, for instance), connect the cable of that one only"
	if [ -n "$HOMEPBP_ADDRESS" ]; then
		use_own_address
		return
	fi
	say "network: requesting an address by DHCP on $NIC ($BOOT_MAC)"
	load_module af_packet
	ip link set dev "$NIC" up
	ask_until_answered || give_up "no DHCP server answered on $NIC ($BOOT_MAC, link $(link_state))" \
		"the network cable, the switch and the DHCP server (usually the router)" \
		"check that other machines on the same switch port get an address"
	say "network: $NIC has $(nic_address)"
}

# use_own_address: the boot stick's, on a network that may have no DHCP.
use_own_address() {
	local interface="$NIC" ip mask router dns staticroutes='' domain='' search='' rest
	rest="${HOMEPBP_ADDRESS#*,}"
	mask="${HOMEPBP_ADDRESS%%,*}" router="${rest%%,*}" dns="${rest#*,}"
	ip="${mask%/*}" mask="${mask#*/}"
	say "network: using the boot stick's address $ip/$mask on $NIC ($BOOT_MAC)"
	ip link set dev "$NIC" up
	take_lease bound
	wait_for_link
}

# wait_for_link: what is sent before the other end is ready is lost, and fetching tries only for so long.
wait_for_link() {
	local left="$LINK_WAIT"
	while ! has_carrier "$NIC"; do
		[ "$left" -gt 0 ] || give_up "no link on $NIC ($BOOT_MAC)" "the network cable and the switch" \
			"plug the cable in, then start this machine again"
		sleep 1
		left=$((left - 1))
	done
}

# take_nic: sets NIC to the card that the kernel line names, or else to the only one with a link:
# firmware may lend the machine's own address to the card of a dock, which Linux does not see.
take_nic() {
	if wait_for_nic "$BOOT_MAC" "$NIC_WAIT" >/dev/null; then
		# udev may have been about to rename it.
		settle_devices
	else
		replace_nic || return 1
	fi
	NIC="$(nic_with_mac "$BOOT_MAC")"
}

# ask_until_answered: in rounds, so that the console shows progress.
ask_until_answered() {
	local left="$DHCP_WAIT"
	while [ "$left" -gt 0 ]; do
		run_limited "$((DHCP_ROUND + 15))" ask_address >>"$RUN_DIR/network.log" 2>&1
		has_address && return
		left=$((left - DHCP_ROUND))
		say "network: no answer yet on $NIC (link $(link_state)); $left s left"
	done
	return 1
}

# ask_address: for one round; the DHCP client passes the answer to take_lease.
ask_address() {
	udhcpc -i "$NIC" -f -n -q -t "$((DHCP_ROUND / 3))" -T 3 \
		-O search -O staticroutes -s /homepbp/dhcp
}

# take_lease EVENT: applies udhcpc's answer, from environment variables, to the card.
# shellcheck disable=SC2154 # set by udhcpc: interface, ip, mask, router, staticroutes, dns, domain, search
take_lease() {
	case "$1" in bound | renew) ;; *) return 0 ;; esac
	ip -4 addr flush dev "$interface"
	ip addr add "$ip/${mask:-24}" dev "$interface"
	# RFC 3442: classless routes replace the router option.
	# shellcheck disable=SC2086 # pairs of words
	add_routes "$interface" ${staticroutes:-${router:+0.0.0.0/0 ${router%% *}}}
	write_resolv_conf "${dns:-}" "${search:-${domain:-}}"
}

# add_routes DEVICE [NETWORK GATEWAY]…: a gateway outside the card's own network is on-link.
add_routes() {
	local device="$1"
	shift
	while [ "$#" -ge 2 ]; do
		case "$2" in
		0.0.0.0) ip route add "$1" dev "$device" ;;
		*)
			ip route add "$1" via "$2" dev "$device" 2>/dev/null ||
				{ ip route add "$2" dev "$device" && ip route add "$1" via "$2" dev "$device"; }
			;;
		esac
		shift 2
	done
}

# write_resolv_conf SERVERS DOMAINS: filtered, since both come from the network; without a server the
# existing file stays.
write_resolv_conf() {
	local file="$HOMEPBP_SYSROOT/etc/resolv.conf" server domains=''
	mkdir -p "${file%/*}"
	set -f
	for server in $1; do
		case "$server" in 0.0.0.0 | *[!0-9.]*) ;; *) echo "nameserver $server" ;; esac
	done >"$file.new"
	for server in $2; do
		case "$server" in *[!A-Za-z0-9._-]*) ;; *) domains="$domains $server" ;; esac
	done
	set +f
	if [ -s "$file.new" ]; then
		[ -z "$domains" ] || echo "search$domains" >>"$file.new"
		mv "$file.new" "$file"
	else
		rm -f "$file.new"
	fi
}

# wait_for_nic MAC SECONDS: prints the name of the NIC, whose driver may load late; 1 if it does not
# appear in that time.
wait_for_nic() {
	local left="$2" device
	while ! device="$(nic_with_mac "$1")"; do
		[ "$left" -gt 0 ] || return 1
		sleep 1
		left=$((left - 1))
	done
	printf '%s' "$device"
}

# real_nics: by name, one a line. Only hardware: bridges and VLANs copy the address of the NIC below them.
real_nics() {
	local device
	for device in "$HOMEPBP_SYSROOT"/sys/class/net/*; do
		[ ! -e "$device/device" ] || printf '%s\n' "${device##*/}"
	done
}

# nic_value NAME FILE: a value of a card in /sys; empty if it cannot be read.
nic_value() {
	local value=''
	read -r value 2>/dev/null <"$HOMEPBP_SYSROOT/sys/class/net/$1/$2"
	printf '%s' "$value"
}

nic_with_mac() {
	local nic
	for nic in $(real_nics); do
		[ "$(nic_value "$nic" address)" = "$1" ] || continue
		printf '%s' "$nic"
		return 0
	done
	return 1
}

list_nics() {
	local nic found=''
	for nic in $(real_nics); do
		found="$found $nic=$(nic_value "$nic" address)"
	done
	printf '%s' "${found:- no network cards}"
}

# link_state: `down` means no cable, or nothing at the other end.
link_state() { if has_carrier "$NIC"; then printf up; else printf down; fi; }

# has_carrier NIC: only readable while the card is up.
has_carrier() { [ "$(nic_value "$1" carrier)" = 1 ]; }

has_address() { [ -n "$(nic_address)" ]; }

# nic_address: the NIC's IPv4 address with prefix length, or nothing.
nic_address() {
	ip -4 addr show dev "$NIC" 2>/dev/null | sed -n 's/^ *inet \([0-9./]*\).*/\1/p' | sed -n 1p
}

# carrier_nics: the real cards with a link, one a line.
carrier_nics() {
	local nic
	for nic in $(real_nics); do
		! has_carrier "$nic" || printf '%s\n' "$nic"
	done
}

# set_nics up|down: all real cards.
set_nics() {
	local nic
	for nic in $(real_nics); do ip link set dev "$nic" "$1"; done
}

# stop_network: leaves no trace; link down also drops addresses and routes from router advertisements.
stop_network() {
	ip -4 addr flush dev "$NIC"
	ip link set dev "$NIC" down
	rm -f "$HOMEPBP_SYSROOT/etc/resolv.conf"
	say "network: released $NIC; network-config configures it"
}
