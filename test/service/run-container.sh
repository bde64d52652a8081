#!/bin/sh
# For tests: what Docker would make of Dockerfile and compose.yaml, as far as kernel and files go: a
# read-only root that has the image's files and the mounts, the host's network, the user and the bound
# of capabilities. No image is built and nothing isolates processes.
# $T: passwd, group, image/ (what COPY and npm ci put there) and project/; $NODE: the image's Node.js,
# with the capability; $USER_ID, $GROUP_ID, $BOUND: of compose.yaml; $R: the repository;
# $MAC: of a machine on its network. The command follows.
set -eu

mount --make-rprivate /
mount --bind "$T/passwd" /etc/passwd
mount --bind "$T/group" /etc/group
mount -t tmpfs tmpfs /opt
mkdir /opt/homepbp /opt/bin
mount --bind "$T/image" /opt/homepbp
for folder in dist media secrets/issued; do
  mount --bind "$T/project/$folder" "/opt/homepbp/$folder"
  mount -o remount,bind,ro "/opt/homepbp/$folder"
done
mount --bind "$T/project/state" /opt/homepbp/state
ln -s "$NODE" /opt/bin/node
mount -o remount,ro /opt
mount -o remount,bind,ro /opt/homepbp
mount -t tmpfs tmpfs /run
ip link set lo up
. "$R/test/service/neighbour.sh"
cd /opt/homepbp
exec setpriv --reuid "$USER_ID" --regid "$GROUP_ID" --clear-groups \
  --bounding-set "$BOUND" --inh-caps -all --ambient-caps -all \
  env -i PATH=/opt/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
