# Bounds for commands that may hang, functions of ours too, which `timeout` cannot run.
# shellcheck shell=sh

# run_limited SECONDS COMMAND…: runs the command and returns its status; ends it and all it
# started after SECONDS.
run_limited() {
	local seconds="$1" pid watchdog status=0
	shift
	"$@" &
	pid=$!
	end_after "$seconds" "$pid" &
	watchdog=$!
	wait "$pid" || status=$?
	if [ "$status" -eq 143 ]; then
		# SIGTERM, so from the watchdog, which still has to end what the command started.
		wait "$watchdog"
	else
		kill "$watchdog" 2>/dev/null
	fi
	return "$status"
}

# Sleeps second by second, so that no long sleep outlives its watchdog into the booted system.
end_after() {
	local left="$1"
	while [ "$left" -gt 0 ]; do
		sleep 1
		left=$((left - 1))
	done
	end_tree "$2"
}

# end_tree PID: ends a process and its descendants; without job control they share our group.
end_tree() {
	local child children=''
	[ ! -r "/proc/$1/task/$1/children" ] || read -r children <"/proc/$1/task/$1/children"
	kill "$1" 2>/dev/null
	for child in $children; do
		end_tree "$child"
	done
}
