# boot: recovery. The live system for repairing this machine: ssh and tools, everything in RAM, no disk
# mounted or written, no k3s.
# shellcheck shell=sh

# Units that work for the cluster, and those that assemble disks automatically.
RECOVERY_MASKED='k3s.service k3s-agent.service homepbp-join.service homepbp-join-root.service
homepbp-k3s-files.service homepbp-enroll.service homepbp-fence.service homepbp-fence.timer
homepbp-booted.service mdmonitor.service mdadm-last-resort@.service lvm2-monitor.service
lvm2-activation.service lvm2-activation-early.service zfs-import-cache.service
zfs-import-scan.service zfs-mount.service'

is_recovery() { [ "$HOMEPBP_MODE" = recovery ]; }

# settle_recovery: says so on every console (issue) and after every login (motd).
settle_recovery() {
	local name text="$NEW_ROOT/$PAYLOAD_PLACE/boot/recovery.txt"
	is_recovery || return 0
	for name in $RECOVERY_MASKED; do
		ln -sf /dev/null "$NEW_ROOT/etc/systemd/system/$name"
	done
	mask_rules "$NEW_ROOT"
	for name in issue motd; do
		cat "$text" >>"$NEW_ROOT/etc/$name"
	done
	# Without one, systemd treats this as a first boot: presets are applied, questions asked.
	random_machine_id >"$RUN_DIR/machine-id"
	place_machine_id "$RUN_DIR/machine-id"
	say "RECOVERY: disks are left untouched, k3s is not started"
}
