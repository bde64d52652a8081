"""What Genesis adds if it runs: the founding latch, and somebody to report to. Nodes work without it."""
import json
import urllib.request
from http.client import HTTPException
from typing import Optional

from checkin import client
from join.inputs import Latch
from join.model import Member

SECONDS = 5.0
MOST_BYTES = 4096


def read_latch(base: str) -> Optional[Latch]:
    """The founding latch; None if Genesis does not answer or has none."""
    if not base:
        return None
    try:
        # A proxy in the environment is not meant for Genesis.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f'{base}/api/founding', timeout=SECONDS) as answer:
            found = json.loads(answer.read(MOST_BYTES))
        epoch = found['epoch']
        if type(epoch) is not int or type(found['founded']) is not bool or not 0 <= epoch < 2 ** 31:
            return None
        return Latch(epoch if found['founded'] else 0)
    except (OSError, ValueError, KeyError, TypeError, RecursionError, HTTPException):
        return None


def check_in(stage: str, message: str, epoch: Optional[int] = None) -> bool:
    """Tells Genesis; whether it has heard. `epoch`: of the founding, with `founded` only."""
    return client.check_in(stage, message, epoch=epoch)


class FoundersWord:
    """That this node has founded the cluster: it closes the latch, so it is repeated, at growing intervals,
    until Genesis has acknowledged it."""

    FIRST_PAUSE, LAST_PAUSE = 15.0, 600.0

    def __init__(self) -> None:
        self._heard = 0
        self._pause, self._due = self.FIRST_PAUSE, 0.0

    def tell(self, member: Optional[Member], latch: Latch, now: float) -> None:
        """Reports it if due. `now` in seconds."""
        if member is None or member.mode != 'founder' or now < self._due:
            return
        if max(latch.epoch, self._heard) >= member.epoch:
            return
        if check_in('founded', member.ca_hash or '', member.epoch):
            self._heard = member.epoch
        self._due = now + self._pause
        self._pause = min(2 * self._pause, self.LAST_PAUSE)
