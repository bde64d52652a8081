# GRUB's core with every module that grub.cfg uses, so that no folder of modules has to match it.
# Sourced with `here` set to this folder.
# shellcheck shell=sh disable=SC2154

GRUB_MODULES='part_gpt ext2 normal search search_fs_uuid search_label loadenv test echo true
configfile linux minicmd ls cat halt reboot sleep'

# make_image FORMAT PACKAGES UUID FILE: for GRUB's platform FORMAT, out of packages unpacked below
# PACKAGES; it finds its files by the UUID of HOMEPBP_BOOT. 1 with a reason on standard output.
make_image() {
	local folder="$2/usr/lib/grub/$1" tool="$2/usr/bin/grub-mkimage" more package
	case "$1" in
	i386-pc) more='biosdisk serial terminal' package=grub-pc-bin ;;
	x86_64-efi) more='fat efi_gop' package=grub-efi-amd64-bin ;;
	arm64-efi) more='fat efi_gop' package=grub-efi-arm64-bin ;;
	*) echo "no GRUB for $1" && return 1 ;;
	esac
	[ -x "$tool" ] || tool="$(command -v grub-mkimage)" || {
		echo "grub-mkimage is missing (package grub-common)"
		return 1
	}
	[ -d "$folder" ] || {
		echo "the folder /usr/lib/grub/$1 is missing (package $package)"
		return 1
	}
	sed "s/@UUID@/$3/" "$here/early.cfg" >"$4.cfg"
	# shellcheck disable=SC2086 # one word a module
	"$tool" --format="$1" --directory="$folder" --output="$4" --prefix=/grub --config="$4.cfg" \
		$GRUB_MODULES $more || {
		echo "grub-mkimage failed"
		return 1
	}
	rm -f "$4.cfg"
}
