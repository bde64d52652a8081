#!/bin/sh
# For tests: a systemd of its own, process 1 of new namespaces, on a computer that is this one but for its
# users, its network, /run and the units. $T holds passwd, group and the files of a project ($T/project),
# which /srv/homepbp shows laid over the repository, $R.
set -eu

mount --make-rprivate /
mount --bind "$T/passwd" /etc/passwd
mount --bind "$T/group" /etc/group
# The kernel's tree of control groups, below the one that we are in.
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /etc/systemd/system
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /srv
# systemd opens a log in the service's own process: it may not be there when a start has returned.
: >/run/homepbp.log
mkdir /run/systemd /srv/upper /srv/work /srv/homepbp
cp -a "$T/project/." /srv/upper
mount -t overlay -o "lowerdir=$R,upperdir=/srv/upper,workdir=/srv/work" overlay /srv/homepbp
ip link set lo up

# Nothing of this computer's own services: only what the test starts.
printf '[Unit]\nDefaultDependencies=no\nAllowIsolate=yes\n' >/etc/systemd/system/trial.target
printf '[Unit]\nDefaultDependencies=no\n' >/etc/systemd/system/network-online.target
mkdir /etc/systemd/system/homepbp.service.d
printf '[Unit]\nDefaultDependencies=no\n[Service]\nStandardOutput=append:/run/homepbp.log\nStandardError=append:/run/homepbp.log\n' \
  >/etc/systemd/system/homepbp.service.d/trial.conf
exec env -i container=lxc PATH="$PATH" /lib/systemd/systemd --system --unit=trial.target \
  --log-target=console --show-status=no
