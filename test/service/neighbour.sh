# For tests, sourced: puts a machine with the MAC address $MAC on a network with this computer, as 192.0.2.2
# and 2001:db8::2; we are .1 and ::1. `ip netns exec node` runs on that machine.
ip netns add node
ip link add eth0 type veth peer name lan netns node
ip -n node link set lan address "$MAC"
ip addr add 192.0.2.1/24 dev eth0
ip addr add 2001:db8::1/64 dev eth0 nodad
ip -n node addr add 192.0.2.2/24 dev lan
ip -n node addr add 2001:db8::2/64 dev lan nodad
ip link set eth0 up
ip -n node link set lan up
