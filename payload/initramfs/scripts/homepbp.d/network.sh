# Network on the NIC that booted, and its complete removal before the system starts.
# shellcheck shell=sh

# Seconds to wait for the NIC's driver, and for a DHCP server (spanning tree alone takes 50 s).
NIC_WAIT=60
DHCP_WAIT=120
NIC=''

start_network() {
	NIC="$(wait_for_nic "$BOOT_MAC" "$NIC_WAIT")" || give_up \
		"no network card with the address $BOOT_MAC appeared in $NIC_WAIT s" \
		"this machine has: $(list_nics)" \
		"its driver may be missing in the initrd, or nodes.yaml may need another MAC"
	say "network: asking for an address by DHCP on $NIC ($BOOT_MAC)"
	run_limited "$DHCP_WAIT" ask_address >"$RUN_DIR/network.log" 2>&1
	if ! has_address; then
		say "network: no answer yet on $NIC, whose link is $(link_state); asking once more"
		run_limited "$DHCP_WAIT" ask_address_directly >>"$RUN_DIR/network.log" 2>&1
	fi
	has_address || give_up "no DHCP server answered on $NIC ($BOOT_MAC), whose link is $(link_state)" \
		"the network cable, the switch and the DHCP server (usually the router)" \
		"check that other machines on the same switch port get an address"
	write_resolv_conf "$HOMEPBP_SYSROOT/run/net-$NIC.conf"
	say "network: $NIC has $(nic_address)"
}

# wait_for_nic MAC SECONDS: prints the name of the NIC, whose driver may come late; 1 when there is none
# after that time.
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

# nic_value NAME FILE: what /sys says of a card; nothing where it cannot.
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
	printf '%s' "${found:- no network card at all}"
}

# link_state: `down` means no cable, or nothing at its other end.
link_state() { if has_carrier "$NIC"; then printf up; else printf down; fi; }

# has_carrier NIC: a card tells only while it is up.
has_carrier() { [ "$(nic_value "$1" carrier)" = 1 ]; }

# initramfs-tools' own function knows which DHCP client its release has (Debian ipconfig, Ubuntu
# 20.04 and 22.04 dhclient, 24.04 dhcpcd). Where no server answers, Debian's ends its shell; it
# also overwrites IP and DEVICE: run_limited gives it a shell of its own.
# shellcheck disable=SC2034 # read by configure_networking
ask_address() {
	set +u
	IP=dhcp IP6=off VLAN='' DEVICE="$NIC" DEVICE6=''
	BOOTIF="01-$(printf '%s' "$BOOT_MAC" | tr : -)"
	configure_networking
}

# For an initrd whose own client failed or is absent.
ask_address_directly() {
	ip link set dev "$NIC" up
	if command -v dhcpcd; then
		dhcpcd -1 -4 -t 60 "$NIC"
	elif command -v ipconfig; then
		ipconfig -t 60 -c dhcp -d "$NIC"
	fi
}

has_address() { [ -n "$(nic_address)" ]; }

# nic_address: the NIC's IPv4 address with prefix length, or nothing.
nic_address() {
	ip -4 addr show dev "$NIC" 2>/dev/null | sed -n 's/^ *inet \([0-9./]*\).*/\1/p' | sed -n 1p
}

# write_resolv_conf LEASE: the name servers of /run/net-<nic>.conf. Read as text, not sourced:
# its values come from the network.
write_resolv_conf() {
	local key value
	[ -r "$1" ] || return 0
	while IFS='=' read -r key value; do
		value="${value#[\"\']}" value="${value%[\"\']}"
		case "$key" in IPV4DNS0 | IPV4DNS1) ;; *) continue ;; esac
		case "$value" in '' | 0.0.0.0 | *[!0-9.]*) continue ;; esac
		echo "nameserver $value"
	done <"$1" >"$HOMEPBP_SYSROOT/etc/resolv.conf"
}

# carrier_nics: the real cards whose cable leads to something, one a line.
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

# stop_network: as if the initrd had never had one. What it leaves in /run outranks the seed's
# network-config in cloud-init (net-*.conf) and in netplan (/run/netplan, Ubuntu's initrd); link
# down also drops the addresses and routes of router advertisements.
stop_network() {
	ip -4 addr flush dev "$NIC"
	ip link set dev "$NIC" down
	rm -f "$HOMEPBP_SYSROOT"/run/net-*.conf "$HOMEPBP_SYSROOT"/run/net6-*.conf \
		"$HOMEPBP_SYSROOT"/run/netplan/*.yaml "$HOMEPBP_SYSROOT/etc/resolv.conf"
	rm -rf "$HOMEPBP_SYSROOT"/run/dhcpcd*
	say "network: $NIC released, network-config sets it up"
}
