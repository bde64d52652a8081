# What makes this machine this node: its cloud-init seed and the parameters.
# It holds none of the cluster's secrets (payload/enroll gets those). Still nothing here prints it: what the user
# has put into it is the user's.
# shellcheck shell=sh

SEED_DIR="$RUN_DIR/seed"

# fetch_seed: all four files before anything large.
fetch_seed() {
	local name
	say "fetching this node's seed from $HOMEPBP_BASE/nodes/$HOMEPBP_NODE/"
	mkdir -p "$SEED_DIR"
	chmod 0700 "$SEED_DIR"
	for name in meta-data user-data vendor-data network-config; do
		fetch_seed_file "$name" "$HOMEPBP_BASE/nodes/$HOMEPBP_NODE/$name"
	done
}

# fetch_seed_file NAME URL: meta-data and user-data are required; the others may be missing, but only if
# the server says so (404), not if the download failed.
fetch_seed_file() {
	download "$1" "$SEED_DIR/$1" "" "$2" && is_plain "$SEED_DIR/$1" && return
	case "$1:$FETCH_FAULT" in
	vendor-data:*' 404 '* | network-config:*' 404 '*)
		say "no $1; continuing without it"
		rm -f "$SEED_DIR/$1"
		;;
	*)
		give_up "this node's $1 could not be fetched: $FETCH_FAULT" "$2" \
			"check that nodes.yaml lists this machine, that ./homepbp build was run, and what Genesis logged"
		;;
	esac
}

# is_plain FILE: nothing else tells whether a seed is what the build wrote. Some web servers send a page
# for a name that they do not have, or pack what they send; 1 with FETCH_FAULT then.
is_plain() {
	local gzip
	gzip="$(printf '\037')"
	case "$(sed -n '/[^[:space:]]/{s/^[[:space:]]*//;p;q;}' "$1" | tr -d '\000')" in
	'<'*) FETCH_FAULT='the web server sent a page in its place' ;;
	"$gzip"*) FETCH_FAULT='the web server sent it compressed' ;;
	*) return 0 ;;
	esac
	return 1
}

# place_seed: into the folder where every cloud-init release looks first.
place_seed() {
	local target="$NEW_ROOT/var/lib/cloud/seed/nocloud"
	mkdir -p "$target"
	cp "$SEED_DIR"/* "$target/" || give_up "the seed could not be written" "$target" \
		"this machine may have run out of memory; add more"
	chmod 0700 "$target"
	chmod 0600 "$target"/*
	say "seed in place"
}

# drop_seed: the running system has its own copy.
drop_seed() { rm -rf "$SEED_DIR"; }

# seed_value KEY: a text of meta-data, as the build writes it (double quotes, nothing escaped).
seed_value() {
	sed -n "s/^$1: \"\([A-Za-z0-9._:\/-]*\)\"\$/\1/p" "$SEED_DIR/meta-data" 2>/dev/null
}

# write_boot_env: what later stages need, in the form that shell and systemd read; no secrets.
write_boot_env() {
	cat >"$RUN_DIR/boot.env" <<-END
		HOMEPBP_BASE=$HOMEPBP_BASE
		HOMEPBP_NODE=$HOMEPBP_NODE
		HOMEPBP_OS=$HOMEPBP_OS
		HOMEPBP_OS_SHA256=$HOMEPBP_OS_SHA256
		HOMEPBP_MODE=$HOMEPBP_MODE
		HOMEPBP_BOOT_MAC=$BOOT_MAC
		HOMEPBP_BOOT=$HOMEPBP_BOOT
		HOMEPBP_SLOT=$SLOT
	END
}
