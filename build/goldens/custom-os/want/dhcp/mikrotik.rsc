# For MikroTik RouterOS 7.4 or newer. NOT TESTED on a router: check each line before you paste it.
# If it does not work, leave the router as it is and run ./homepbp serve --proxy-dhcp.
# Replace GENESIS_ADDRESS with the address of the machine that runs ./homepbp serve.
# Replace SERVER with the name of your DHCP server (/ip dhcp-server print).
#
# Without matchers, for UEFI x64 machines only: iPXE on UEFI then runs autoexec.ipxe automatically.
/ip dhcp-server network set [find] next-server=GENESIS_ADDRESS boot-file-name=snponly.efi
#
# With matchers, for several kinds. Unsure: which one wins when two match, as for iPXE (option 77) and
# its architecture (option 93); so iPXE's comes first.
/ip dhcp-server option
add name=homepbp-server code=66 value="'GENESIS_ADDRESS'"
add name=homepbp-script code=67 value="'boot.ipxe'"
add name=homepbp-bios code=67 value="'undionly.kpxe'"
add name=homepbp-efi64 code=67 value="'snponly.efi'"
add name=homepbp-arm64 code=67 value="'snponly-arm64.efi'"
/ip dhcp-server option sets
add name=homepbp-script options=homepbp-server,homepbp-script
add name=homepbp-bios options=homepbp-server,homepbp-bios
add name=homepbp-efi64 options=homepbp-server,homepbp-efi64
add name=homepbp-arm64 options=homepbp-server,homepbp-arm64
/ip dhcp-server matcher
add server=SERVER name=homepbp-ipxe code=77 value="iPXE" option-set=homepbp-script
add server=SERVER name=homepbp-bios code=93 value=0x0000 option-set=homepbp-bios
add server=SERVER name=homepbp-efi64 code=93 value=0x0007 option-set=homepbp-efi64
add server=SERVER name=homepbp-arm64 code=93 value=0x000b option-set=homepbp-arm64
