"""This node's secrets, which enroll/ keeps; and what it says while there are none."""
import os
import time
from typing import Any, Dict, Optional, Tuple

from join.shell import durable, paths

LOOK_EVERY = 5.0

Stamp = Optional[Tuple[int, int]]

_stamps_read: Dict[str, Stamp] = {}
"""Of each file, as it was when it was last read."""


class NotEnrolled(durable.Unreadable):
    """There are no secrets yet; the text is what enrolment says to that."""


def secrets(read: durable.Read) -> Dict[str, Any]:
    """What secrets.json holds. Raises NotEnrolled or durable.Unreadable."""
    _stamps_read.clear()
    _stamps_read.update(_stamps())
    found = durable.read_json(paths.SECRETS, read)
    if found is None:
        raise NotEnrolled(says(read) or 'this node waits for its secrets, and homepbp-enroll.service has not said why')
    return found


def says(read: durable.Read) -> Optional[str]:
    """What enrolment has reported in this boot, in one sentence; None if nothing."""
    found = durable.read_json_if_whole(paths.ENROLMENT, read) or {}
    return str(found['says']) if found.get('says') else None


def has_asked() -> bool:
    """Whether enrolment has asked Genesis in this boot, and secrets are as they will be for a while."""
    return 'secrets' in (durable.read_json_if_whole(paths.ENROLMENT) or {})


def until_renewed() -> None:
    """Returns when the secrets are no longer those that were read: who has read them is to start again."""
    while True:
        stamps = _stamps()
        if stamps[paths.SECRETS] is not None and stamps != _stamps_read:
            break
        time.sleep(LOOK_EVERY)
    print('the secrets of this node have changed: starting again with the new ones', flush=True)


def _stamps() -> Dict[str, Stamp]:
    return {path: _stamp(path) for path in (paths.SECRETS, paths.STAGED, paths.PREVIOUS)}


def _stamp(path: str) -> Stamp:
    """Of a file; needs no right to read it."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns
