"""Looks after the running k3s from a thread of its own, and tells the agent what it sees."""
import os
import threading
import time
from typing import Callable, Optional, Union

from join.inputs import K3sExited, K3sStatus
from join.shell import k3s, own_server, units

LOOK_EVERY = 1.0
SAY_EVERY = 5.0
LISTEN_EVERY = 30.0
"""How often to look for k3s' last words while its etcd does not answer: systemd restarts a member over and
over."""


class Watch:
    """One k3s unit: start and stop it only through here."""

    def __init__(
        self,
        role: str,
        tell: Callable[[Union[K3sStatus, K3sExited]], None],
        status: Callable[[], K3sStatus],
        listen: Callable[[str], str],
    ) -> None:
        self.unit = k3s.UNIT_OF[role]
        self.last_words = ''
        """Why k3s exited, in its own words; empty once it is up."""
        self._tell, self._status, self._listen = tell, status, listen
        self._listened_at = 0.0
        self._lock = threading.Lock()
        self._watching = False
        self._tombstone: Optional[int] = None
        self._said: Optional[K3sStatus] = None
        self._said_at = 0.0

    def adopt(self) -> bool:
        """Watches a k3s that is already running. @returns whether one is"""
        with self._lock:
            self._watching = units.runs(self.unit)
            self._tombstone = _tombstone()
            return self._watching

    def start(self, until: float) -> None:
        """Starts k3s, whose configuration is written; `until`: see units.start."""
        with self._lock:
            self._tombstone = _tombstone()
            self._said = None
            units.start(self.unit, own_server.has_wal() and self._tombstone is None, until)
            self._watching = True

    def stop(self) -> None:
        """Stops k3s; the caller reports that to the core."""
        with self._lock:
            self._watching = False
            units.stop(self.unit)

    def run(self) -> None:
        """Forever."""
        while True:
            time.sleep(LOOK_EVERY)
            status = self._status() if self._watching else None
            with self._lock:
                if self._watching:
                    self._look(status)
            if status is not None:
                self._hear_last_words(status)

    def _look(self, status: Optional[K3sStatus]) -> None:
        buried = _tombstone()
        if buried is not None and buried != self._tombstone:
            units.stop(self.unit)
            self._watching = False
            self._tell(K3sExited('evicted', own_server.has_wal(), True))
        elif units.state(self.unit) in ('inactive', 'failed'):
            units.withdraw_permit()
            self._watching = False
            self.last_words = self._listen(self.unit)
            self._tell(K3sExited('other', own_server.has_wal(), buried is not None, self.last_words))
        elif status is not None and self._is_news(status):
            self._said, self._said_at = status, time.monotonic()
            self._tell(status)

    def _hear_last_words(self, status: K3sStatus) -> None:
        """Periodically, while it may be exiting over and over."""
        if status.etcd:
            self.last_words = ''
        elif self._watching and time.monotonic() - self._listened_at >= LISTEN_EVERY:
            self.last_words = self._listen(self.unit)
            self._listened_at = time.monotonic()

    def _is_news(self, status: K3sStatus) -> bool:
        return status != self._said or time.monotonic() - self._said_at >= SAY_EVERY


def _tombstone() -> Optional[int]:
    """When the tombstone was written; None where there is none."""
    try:
        return os.stat(k3s.TOMBSTONE).st_mtime_ns
    except OSError:
        return None
