# For OpenWrt 24.10 with dnsmasq as its DHCP server (the default); written from its init script. NOT TRIED
# on a router. Run it there: ssh root@192.168.1.1 sh -s < openwrt.sh
# A second run changes nothing. To remove all of it, run the line at the end.
# Replace <GENESIS_ADDRESS> with the IPv4 address of the machine that runs ./homepbp serve.
set -e
case '<GENESIS_ADDRESS>' in '<'*) echo 'Put in the address first: see the top of this file.' >&2; exit 1 ;; esac
# iPXE identifies itself in option 175, firmware its architecture in option 93 (RFC 4578).
uci set dhcp.homepbp_match_ipxe=match
uci set dhcp.homepbp_match_ipxe.networkid='ipxe'
uci set dhcp.homepbp_match_ipxe.match='175'
uci set dhcp.homepbp_match_0=match
uci set dhcp.homepbp_match_0.networkid='bios'
uci set dhcp.homepbp_match_0.match='option:client-arch,0'
uci set dhcp.homepbp_match_7=match
uci set dhcp.homepbp_match_7.networkid='efi64'
uci set dhcp.homepbp_match_7.match='option:client-arch,7'
uci set dhcp.homepbp_match_9=match
uci set dhcp.homepbp_match_9.networkid='efi64'
uci set dhcp.homepbp_match_9.match='option:client-arch,9'
uci set dhcp.homepbp_match_11=match
uci set dhcp.homepbp_match_11.networkid='arm64'
uci set dhcp.homepbp_match_11.match='option:client-arch,11'
uci set dhcp.homepbp_match_16=match
uci set dhcp.homepbp_match_16.networkid='efi64http'
uci set dhcp.homepbp_match_16.match='option:client-arch,16'
uci set dhcp.homepbp_match_19=match
uci set dhcp.homepbp_match_19.networkid='arm64http'
uci set dhcp.homepbp_match_19.match='option:client-arch,19'
# OpenWrt ignores an address without a server name.
uci set dhcp.homepbp_boot_ipxe=boot
uci set dhcp.homepbp_boot_ipxe.networkid='ipxe'
uci set dhcp.homepbp_boot_ipxe.filename='boot.ipxe'
uci set dhcp.homepbp_boot_ipxe.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_ipxe.serveraddress='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_bios=boot
uci set dhcp.homepbp_boot_bios.networkid='bios'
uci set dhcp.homepbp_boot_bios.filename='tag:!ipxe,undionly.kpxe'
uci set dhcp.homepbp_boot_bios.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_bios.serveraddress='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_efi64=boot
uci set dhcp.homepbp_boot_efi64.networkid='efi64'
uci set dhcp.homepbp_boot_efi64.filename='tag:!ipxe,snponly.efi'
uci set dhcp.homepbp_boot_efi64.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_efi64.serveraddress='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_arm64=boot
uci set dhcp.homepbp_boot_arm64.networkid='arm64'
uci set dhcp.homepbp_boot_arm64.filename='tag:!ipxe,snponly-arm64.efi'
uci set dhcp.homepbp_boot_arm64.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_arm64.serveraddress='<GENESIS_ADDRESS>'
uci -q delete dhcp.homepbp_boot_efi64http || true
uci set dhcp.homepbp_boot_efi64http=boot
uci set dhcp.homepbp_boot_efi64http.networkid='efi64http'
uci set dhcp.homepbp_boot_efi64http.filename='tag:!ipxe,http://<GENESIS_ADDRESS>:8080/tftp/snponly.efi'
uci set dhcp.homepbp_boot_efi64http.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_efi64http.serveraddress='<GENESIS_ADDRESS>'
# UEFI HTTP boot takes a URL, and only from a server that calls itself HTTPClient.
uci add_list dhcp.homepbp_boot_efi64http.dhcp_option='60,HTTPClient'
uci set dhcp.homepbp_boot_efi64http.force='1'
uci -q delete dhcp.homepbp_boot_arm64http || true
uci set dhcp.homepbp_boot_arm64http=boot
uci set dhcp.homepbp_boot_arm64http.networkid='arm64http'
uci set dhcp.homepbp_boot_arm64http.filename='tag:!ipxe,http://<GENESIS_ADDRESS>:8080/tftp/snponly-arm64.efi'
uci set dhcp.homepbp_boot_arm64http.servername='<GENESIS_ADDRESS>'
uci set dhcp.homepbp_boot_arm64http.serveraddress='<GENESIS_ADDRESS>'
# UEFI HTTP boot takes a URL, and only from a server that calls itself HTTPClient.
uci add_list dhcp.homepbp_boot_arm64http.dhcp_option='60,HTTPClient'
uci set dhcp.homepbp_boot_arm64http.force='1'
uci commit dhcp
/etc/init.d/dnsmasq restart
# for section in $(uci show dhcp | sed -n 's/^\(dhcp\.homepbp_[a-z0-9_]*\)=.*/\1/p'); do uci delete $section; done; uci commit dhcp; /etc/init.d/dnsmasq restart
