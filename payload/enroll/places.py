"""Where enrolment finds and keeps things. Tests put a folder before all of them."""
import os

from join.shell import paths

ROOT = os.environ.get('HOMEPBP_SYSROOT', '')

NODE = ROOT + paths.NODE
SEED_SECRETS = ROOT + paths.SEED_SECRETS
DISK = ROOT + paths.DISK
BOOT_ENV = ROOT + paths.BOOT
BOOT_FOLDER = ROOT + paths.RUN + '/boot'
"""HOMEPBP_BOOT with the slots, read-only."""

SECRETS = ROOT + paths.SECRETS
STAGED = ROOT + paths.STAGED
PREVIOUS = ROOT + paths.PREVIOUS
KEY_FOLDER = ROOT + paths.STATE + '/enroll'
KEY = KEY_FOLDER + '/key.pem'
ENROLMENT = ROOT + paths.ENROLMENT
