# The node's disk. Seams: there is none yet.
# shellcheck shell=sh

# find_disk: which disk is ours by its labels, read-only; mounts HOMEPBP_BOOT read-only at BOOT_DIR.
find_disk() { :; }

# prepare_disk: mounts STATE at STATE_DIR and HOMEPBP_BOOT at BOOT_DIR for writing, making them
# first where that is allowed; disk.json says what was done.
prepare_disk() { :; }

# bind_state: binds every persistent path of STATE into $NEW_ROOT.
bind_state() { :; }
