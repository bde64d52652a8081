#!/bin/sh
# boot.sh FOLDER NAME K3S k3s-real|k3s-slow COMMAND…: the inside of one node, as its initramfs and cloud-init leave it.
# Process 1 of namespaces of its own (network, mount, UTS, PID), so that its end is a power cut. FOLDER/disk is its STATE and outlives a power
# cut; everything else that the node writes is in a tmpfs and does not.
set -eu
folder=$1 name=$2 k3s=$3 speed=$4
shift 4
here=$(dirname "$0")

hostname "$name"
ram=$folder/ram
mkdir -p "$ram"
mount -t tmpfs tmpfs "$ram"

# overlay FOLDER: the host's folder, with a layer of this node's own above it.
overlay() {
	mkdir -p "$ram/$1" "$ram/$1.work"
	mount -t overlay overlay -o "lowerdir=/$1,upperdir=$ram/$1,workdir=$ram/$1.work" "/$1"
}
overlay etc
overlay var/lib
overlay usr/lib
mkdir -p /usr/lib/homepbp
mount --bind "$here/../../../payload" /usr/lib/homepbp
mount -t tmpfs tmpfs /run
mount --bind /dev/null /proc/consoles

# bind_disk FOLDER: a persistent path of STATE in its real place.
bind_disk() {
	mkdir -p "$folder/disk/$1" "/$1"
	mount --bind "$folder/disk/$1" "/$1"
}
bind_disk var/lib/rancher
bind_disk var/lib/homepbp
bind_disk etc/rancher
mkdir -p "$folder/logs" /run/homepbp-log
mount --bind "$folder/logs" /run/homepbp-log

mkdir -p /etc/homepbp /run/homepbp /run/systemd/timesync
cp "$folder/seed/node.json" /etc/homepbp/
# As payload/enroll has left them, where no Genesis is there to ask.
[ ! -e "$folder/seed/secrets.json" ] || cp -p "$folder/seed/secrets.json" /var/lib/homepbp/secrets.json
cp "$folder/run/"* /run/homepbp/
# systemd-timesyncd leaves this file once the clock is right.
: >/run/systemd/timesync/synchronized
mkdir -p /var/lib/homepbp/bin
ln -sf "$k3s" /var/lib/homepbp/bin/k3s-real
ln -sf "$here/bin/k3s-slow" /var/lib/homepbp/bin/k3s-slow
ln -sf "$speed" /var/lib/homepbp/bin/k3s

PATH="$here/bin:/usr/sbin:/usr/bin:/sbin:/bin"
export PATH
[ -z "${HELD-}" ] || { mkdir -p /run/test-systemd && : >/run/test-systemd/homepbp-join.stopped; }
# As homepbp-enroll.service, with Restart=always, where a Genesis is there to ask; by a shell of its own, as below.
[ -e "$folder/seed/secrets.json" ] || PYTHONPATH=/usr/lib/homepbp sh -c 'while :; do
	/usr/bin/python3 -B -u -m enroll || echo "enrolment ended with $?"
	sleep 1
done' &
# As homepbp-join-root.service, with Restart=always. By a shell of its own: the test's systemctl knows the agent
# by the words that this script was started with.
PYTHONPATH=/usr/lib/homepbp sh -c 'while :; do
	/usr/bin/python3 -B -u -m join.root || echo "what needs root ended with $?"
	sleep 1
done' &
until [ -S /run/homepbp/root.sock ]; do sleep 0.1; done

# As the agent's unit: nobody (a user that systemd would make up), with a folder for its sockets; Restart=always,
# unless it is stopped; and a process 1 that reaps.
mkdir -m 0700 /run/homepbp-join
chown 61184:61184 /run/homepbp-join
nobody='setpriv --reuid=61184 --regid=61184 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all'
while :; do
	# shellcheck disable=SC2086 # words
	[ -e /run/test-systemd/homepbp-join.stopped ] || $nobody "$@" || echo "the agent ended with $?"
	sleep 1
done
