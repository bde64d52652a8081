# For MikroTik RouterOS 7.4 or newer, which has option matchers; written from MikroTik's manual of 7.x.
# NOT TRIED on a router: read each line before you paste it into a terminal. If it does not work, paste
# the last part, which removes all of it, and run ./homepbp serve --proxy-dhcp instead.
# Replace <GENESIS_ADDRESS> with the IPv4 address of the machine that runs ./homepbp serve.

# 1. The names of your DHCP server and of its address pool; /ip dhcp-server print shows both.
:global homepbpServer "dhcp1"
:global homepbpPool "dhcp_pool1"

# 2. Where the boot files are. Firmware, iPXE and our scripts read it from this field and not from
#    option 66. With several networks, name yours: [find address=192.168.1.0/24] instead of [find].
/ip dhcp-server network set [find] next-server=<GENESIS_ADDRESS>

# 3. The options. s'text' is text: without the s, RouterOS makes four bytes of an address.
/ip dhcp-server option
add name=homepbp-server code=66 value="s'<GENESIS_ADDRESS>'"
add name=homepbp-ipxe code=67 value="s'boot.ipxe'" force=yes
add name=homepbp-bios code=67 value="s'undionly.kpxe'" force=yes
add name=homepbp-efi64 code=67 value="s'snponly.efi'" force=yes
add name=homepbp-arm64 code=67 value="s'snponly-arm64.efi'" force=yes
add name=homepbp-efi64http code=67 value="s'http://<GENESIS_ADDRESS>:8080/tftp/snponly.efi'" force=yes
add name=homepbp-arm64http code=67 value="s'http://<GENESIS_ADDRESS>:8080/tftp/snponly-arm64.efi'" force=yes
# UEFI HTTP boot takes a URL, and only from a server that calls itself HTTPClient.
add name=homepbp-http code=60 value="s'HTTPClient'" force=yes
/ip dhcp-server option sets
add name=homepbp-ipxe options=homepbp-server,homepbp-ipxe
add name=homepbp-bios options=homepbp-server,homepbp-bios
add name=homepbp-efi64 options=homepbp-server,homepbp-efi64
add name=homepbp-arm64 options=homepbp-server,homepbp-arm64
add name=homepbp-efi64http options=homepbp-http,homepbp-efi64http
add name=homepbp-arm64http options=homepbp-http,homepbp-arm64http

# 4. Who gets which: iPXE by its user class (option 77), firmware by its architecture (option 93). Without
#    address-pool, a matcher leaves machines that have no static lease without an address.
#    iPXE matches two lines, and RouterOS does not say which one wins. On UEFI either will do, if iPXE is
#    of 2022 or newer (./homepbp build says when it is not). If a BIOS machine loads undionly.kpxe again
#    and again, it is the wrong one: run ./homepbp serve --proxy-dhcp instead.
/ip dhcp-server matcher
add name=homepbp-ipxe server=$homepbpServer address-pool=$homepbpPool code=77 value="iPXE" option-set=homepbp-ipxe
add name=homepbp-bios-0 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x0000 option-set=homepbp-bios
add name=homepbp-efi64-7 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x0007 option-set=homepbp-efi64
add name=homepbp-efi64-9 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x0009 option-set=homepbp-efi64
add name=homepbp-arm64-11 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x000b option-set=homepbp-arm64
add name=homepbp-efi64http-16 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x0010 option-set=homepbp-efi64http
add name=homepbp-arm64http-19 server=$homepbpServer address-pool=$homepbpPool code=93 value=0x0013 option-set=homepbp-arm64http

# To remove all of it:
#   /ip dhcp-server matcher remove [find name~"^homepbp"]
#   /ip dhcp-server option sets remove [find name~"^homepbp"]
#   /ip dhcp-server option remove [find name~"^homepbp"]
#   /ip dhcp-server lease remove [find comment~"^homepbp"]
#   /ip dhcp-server network unset [find] next-server
