"""homepbp-k3s-files: puts the k3s of the inventory on STATE, and into use if none is in use yet.

A node that runs k3s keeps its version: a new one is only made ready. Exits with 1 if, after a bounded
number of attempts, there is no k3s to run; the unit tries again later.
"""
import json
import os
import sys
import time
from typing import List, Optional

from artefacts import keep
from artefacts.wanted import Unusable, Wanted, read_wanted
from checkin.client import read_boot_env
from join.shell import k3s, paths

ROOT = os.environ.get('HOMEPBP_SYSROOT', '')
NODE = ROOT + paths.NODE
BOOT = ROOT + paths.BOOT
KEPT = ROOT + '/var/lib/homepbp/k3s'
IN_USE = ROOT + k3s.PROGRAM
RANCHER = ROOT + k3s.DATA
IMAGES = RANCHER + '/agent/images'
# The same files through the one mount of STATE, within which hard links work.
WHOLE = ROOT + '/run/homepbp/state'

TRIES = int(os.environ.get('HOMEPBP_TRIES', '6'))
FIRST_PAUSE = float(os.environ.get('HOMEPBP_PAUSE', '2'))


def say(text: str) -> None:
    """A line in the journal and on the console."""
    print(f'k3s files: {text}', flush=True)


def base_url() -> str:
    """Where Genesis is; empty if the boot did not say."""
    return read_boot_env(BOOT).get('HOMEPBP_BASE', '')


def make_ready(files: List[Wanted]) -> bool:
    """True when all files are on STATE."""
    missing = [one for one in files if not keep.is_right(f'{KEPT}/{one.path}', one)]
    for pause in [*keep.pauses(TRIES, FIRST_PAUSE), None]:
        missing = [one for one in missing if not keep.fetch(one, f'{KEPT}/{one.path}', base_url(), say)]
        if not missing:
            return True
        if pause is not None:
            say(f'{len(missing)} of {len(files)} files are missing; retrying in {pause:.0f} s')
            time.sleep(pause)
    return False


def version_in_use() -> Optional[str]:
    """The version that bin/k3s points to; None if it points to no program."""
    if not os.access(IN_USE, os.X_OK):
        return None
    return os.path.basename(os.path.dirname(os.path.realpath(IN_USE)))


def has_run() -> bool:
    """Whether a k3s has ever left data here: its version is then the cluster's business."""
    return any(os.path.exists(f'{RANCHER}/{path}') for path in ('server/db', 'agent/client-ca.crt'))


def use(version: str, files: List[Wanted]) -> None:
    """Images first: a k3s that starts must find them."""
    for one in files:
        name = os.path.basename(one.path)
        if name != 'k3s':
            place_images(f'/var/lib/homepbp/k3s/{one.path}', name)
    keep.replace_link(IN_USE, f'../k3s/{version}/k3s')
    say(f'{version} is in use')


def place_images(source: str, name: str) -> None:
    """Where k3s imports them from."""
    place = f'/var/lib/rancher/k3s/agent/images/{name}'
    whole = os.path.exists(WHOLE + source)
    keep.replace_copy((WHOLE if whole else ROOT) + source, (WHOLE if whole else ROOT) + place)


def main() -> int:
    """See above."""
    try:
        return provide()
    except OSError as fault:
        say(f'this node cannot keep files: {fault}')
        return 1


def provide() -> int:
    """Raises OSError where STATE takes no files."""
    try:
        with open(NODE, encoding='utf8') as file:
            version, files = read_wanted(json.load(file))
    except (OSError, ValueError, Unusable) as fault:
        say(f'{NODE}: {fault}')
        return 1
    running = version_in_use()
    if version is None:
        say('media.lock.json has no k3s: run ./homepbp fetch on Genesis, then ./homepbp build')
        return 0
    ready = make_ready(files)
    if ready and (running is None or (running != version and not has_run())):
        use(version, files)
    elif ready and running != version:
        say(f'{version} is ready; {running} stays in use until the cluster is upgraded')
    elif ready:
        say(f'{version} is complete')
    else:
        say(f"{version} could not be downloaded completely{'; ' + running + ' stays in use' if running else ''}")
    return 0 if version_in_use() else 1


if __name__ == '__main__':
    sys.exit(main())
