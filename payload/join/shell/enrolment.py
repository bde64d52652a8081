"""This node's secrets, which enroll/ keeps; and what it says while there are none."""
import os
import time
from typing import Any, Dict, Optional, Tuple

from join.shell import durable, paths

LOOK_EVERY = 5.0

Stamp = Optional[Tuple[int, int]]

_read: Dict[str, Stamp] = {'stamp': None}


class NotEnrolled(durable.Unreadable):
    """There are no secrets yet; the text is what enrolment says to that."""


def secrets(read: durable.Read) -> Dict[str, Any]:
    """What secrets.json holds. Raises NotEnrolled or durable.Unreadable."""
    _read['stamp'] = _stamp()
    found = durable.read_json(paths.SECRETS, read)
    if found is None:
        raise NotEnrolled(says(read) or 'this node waits for its secrets, and homepbp-enroll.service has not said why')
    return found


def says(read: durable.Read) -> Optional[str]:
    """What enrolment has reported in this boot, in one sentence; None if nothing."""
    try:
        found = durable.read_json(paths.ENROLMENT, read) or {}
    except durable.Unreadable:
        return None
    return str(found['says']) if found.get('says') else None


def has_asked() -> bool:
    """Whether enrolment has asked Genesis in this boot, and secrets are as they will be for a while."""
    try:
        return 'secrets' in (durable.read_json(paths.ENROLMENT) or {})
    except durable.Unreadable:
        return False


def until_renewed() -> None:
    """Returns when secrets.json is no longer the file that was read: who has read it is to start again."""
    while _stamp() in (None, _read['stamp']):
        time.sleep(LOOK_EVERY)
    print('the secrets of this node have changed: starting again with the new ones', flush=True)


def _stamp() -> Stamp:
    """Of the file; needs no right to read it."""
    try:
        found = os.stat(paths.SECRETS)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
