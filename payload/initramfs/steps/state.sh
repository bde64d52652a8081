# What a node keeps across boots although its root is new each time.
# shellcheck shell=sh

# Folders of STATE that are mounted over those of the root. In STATE they have the same paths.
STATE_FOLDERS='var/lib/rancher var/lib/kubelet var/lib/cni var/lib/longhorn var/lib/homepbp
var/log etc/rancher'

# bind_state: also where STATE is only RAM, so that what runs later finds the same mounts.
bind_state() {
	local folder
	is_mounted "$STATE_DIR" || return 0
	bind_into_root "$STATE_DIR"
	keep_logs
	keep_machine_id
	keep_host_keys
	unbind_from_root "$STATE_DIR"
	for folder in $STATE_FOLDERS; do
		mkdir -p "$STATE_DIR/$folder" "$NEW_ROOT/$folder"
		mount -o bind "$STATE_DIR/$folder" "$NEW_ROOT/$folder" ||
			give_up "could not mount $folder of STATE" "$NEW_ROOT/$folder" "report this"
	done
	say "persistent folders mounted from STATE"
}

is_mounted() {
	local place _
	while read -r _ place _; do
		[ "$place" != "$1" ] || return 0
	done <"$HOMEPBP_SYSROOT/proc/mounts"
	return 1
}

# Where a tool of the root image finds STATE.
STATE_INSIDE=/run/homepbp/state

# keep_logs: some of the image's folders in /var/log belong to service users, who need them.
keep_logs() {
	mkdir -p "$STATE_DIR/var/log" "$NEW_ROOT/var/log"
	# Newer cp exits with an error when it skips an existing file.
	in_root cp -an /var/log/. "$STATE_INSIDE/var/log/" 2>/dev/null
}

# keep_machine_id: made once (machine-id(5)), and in place before systemd starts.
keep_machine_id() {
	local file="$STATE_DIR/etc/machine-id"
	mkdir -p "$STATE_DIR/etc"
	if [ ! -s "$file" ]; then
		random_machine_id >"$file.new"
		sync
		mv "$file.new" "$file"
	fi
	place_machine_id "$file"
}

random_machine_id() {
	local id
	read -r id <"$HOMEPBP_SYSROOT/proc/sys/kernel/random/uuid"
	printf '%s' "$id" | tr -d -
	echo
}

place_machine_id() {
	rm -f "$NEW_ROOT/etc/machine-id"
	cp "$1" "$NEW_ROOT/etc/machine-id"
	chmod 0444 "$NEW_ROOT/etc/machine-id"
}

# keep_host_keys: generated once, into a folder that is renamed when complete. cloud-init keeps what
# it finds (`ssh_deletekeys: false` in user-data).
keep_host_keys() {
	[ -x "$NEW_ROOT/usr/bin/ssh-keygen" ] || return 0
	if [ ! -d "$STATE_DIR/etc/ssh" ]; then
		say "generating this node's SSH host keys"
		rm -rf "$STATE_DIR/keys.new"
		mkdir -p "$STATE_DIR/keys.new/etc/ssh" "$STATE_DIR/etc"
		if ! make_host_keys; then
			say "WARNING: could not generate SSH host keys; cloud-init generates some for this boot only"
			return 0
		fi
		sync
		mv "$STATE_DIR/keys.new/etc/ssh" "$STATE_DIR/etc/ssh"
		rm -rf "$STATE_DIR/keys.new"
	fi
	mkdir -p "$NEW_ROOT/etc/ssh"
	rm -f "$NEW_ROOT"/etc/ssh/ssh_host_*
	cp -p "$STATE_DIR"/etc/ssh/ssh_host_* "$NEW_ROOT/etc/ssh/"
}

# make_host_keys: ssh-keygen needs a user database and /dev/null, which the root does not have yet.
make_host_keys() {
	local status=0
	bind_system dev
	in_root ssh-keygen -q -A -f "$STATE_INSIDE/keys.new" || status=$?
	unbind_system dev
	return "$status"
}
