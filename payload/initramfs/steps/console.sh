# What the person at the machine sees, and how the machine ends when it cannot go on.
# shellcheck shell=sh

RUN_DIR="$HOMEPBP_SYSROOT/run/homepbp"
# Seconds between the last message and the reboot; homepbp.reboot_delay may shorten it.
REBOOT_DELAY=60

# /run moves into the running system, so everything below RUN_DIR survives switch_root there.
prepare_run() {
	mkdir -p "$RUN_DIR"
	chmod 0755 "$RUN_DIR"
}

# say TEXT: one line on every console (not only the last `console=`) and in boot.log.
say() {
	local line="homepbp: $*" console rest shown=no
	[ ! -d "$RUN_DIR" ] || printf '%s\n' "$line" >>"$RUN_DIR/boot.log"
	if [ -r "$HOMEPBP_SYSROOT/proc/consoles" ]; then
		while read -r console rest; do
			[ -c "$HOMEPBP_SYSROOT/dev/$console" ] || continue
			printf '%s\n' "$line" >"$HOMEPBP_SYSROOT/dev/$console" && shown=yes
		done <"$HOMEPBP_SYSROOT/proc/consoles"
	fi
	[ "$shown" = yes ] || printf '%s\n' "$line"
}

# give_up WHAT WHERE NEXT: says why the boot ends here and what the person can do, counts down
# and reboots. Never returns.
give_up() {
	say "CANNOT CONTINUE: $1"
	say "  where: $2"
	say "  next:  $3"
	check_in_fault "$1; next: $3"
	count_down "$REBOOT_DELAY"
	say "rebooting"
	reboot_now
	exit 1
}

# count_down SECONDS: shows every tenth second, and each of the last five.
count_down() {
	local left="$1"
	while [ "$left" -gt 0 ]; do
		if [ "$left" -le 5 ] || [ "$left" -eq "$1" ] || [ $((left % 10)) -eq 0 ]; then
			say "rebooting in $left s"
		fi
		sleep 1
		left=$((left - 1))
	done
}

# Without a reboot program, SysRq does the same, and a panic (process 1 ends when this returns) reboots
# after ten more seconds.
reboot_now() {
	echo 10 >"$HOMEPBP_SYSROOT/proc/sys/kernel/panic"
	reboot -f
	echo b >"$HOMEPBP_SYSROOT/proc/sysrq-trigger"
}
