# What the disk keeps of a boot over the network. Seams: there is no disk yet.
# shellcheck shell=sh

# use_cached_image: mounts $LOWER from the cached image whose SHA-256 is the listed one, and
# returns 0.
use_cached_image() { return 1; }

# cache_boot: kernel, initrd, our layer, root image and modules into the slot that is not in use.
cache_boot() { :; }
