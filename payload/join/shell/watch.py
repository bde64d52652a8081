"""Looks after the running k3s from a thread of its own, and tells the agent what it sees."""
import threading
import time
from typing import Callable, Optional, Union

from join.inputs import K3sExited, K3sStatus
from join.shell.root import Look, Root

LOOK_EVERY = 1.0
SAY_EVERY = 5.0
LISTEN_EVERY = 30.0
"""How often to look for k3s' last words while its etcd does not answer: systemd restarts a member over and
over."""


class Watch:
    """One k3s unit: start and stop it only through here."""

    def __init__(
        self,
        root: Root,
        tell: Callable[[Union[K3sStatus, K3sExited]], None],
        status: Callable[[Optional[str]], K3sStatus],
    ) -> None:
        """`status` gets the certificates of k3s' CA."""
        self.last_words = ''
        """Why k3s exited, in its own words; empty once it is up."""
        self._root, self._tell, self._status = root, tell, status
        self._listened_at = 0.0
        self._lock = threading.Lock()
        self._watching = False
        self._tombstone: Optional[int] = None
        self._said: Optional[K3sStatus] = None
        self._said_at = 0.0

    def adopt(self) -> bool:
        """Watches a k3s that is already running. @returns whether one is"""
        with self._lock:
            self._watching = self._root.runs()
            self._tombstone = self._root.look().tombstone
            return self._watching

    def start(self, until: float) -> None:
        """Starts k3s, whose configuration is written; `until`: see units.start. Raises root.Failed."""
        with self._lock:
            self._tombstone = self._root.look().tombstone
            self._said = None
            self._root.start(until)
            self._watching = True

    def stop(self) -> None:
        """Stops k3s; the caller reports that to the core. Raises root.Failed."""
        with self._lock:
            self._watching = False
            self._root.stop()

    def run(self) -> None:
        """Forever."""
        while True:
            time.sleep(LOOK_EVERY)
            status = self._status(self._root.look().ca) if self._watching else None
            with self._lock:
                if self._watching:
                    self._look(status)
            if status is not None:
                self._hear_last_words(status)

    def _look(self, status: Optional[K3sStatus]) -> None:
        found, unit = self._root.look(), self._root.state()
        if found.is_buried and found.tombstone != self._tombstone:
            self._root.stop()
            self._end('evicted', self._root.look())
        elif unit in ('inactive', 'failed'):
            self._root.withdraw_permit()
            self.last_words = self._root.last_words()
            self._end('other', self._root.look())
        elif status is not None:
            self._say(status._replace(serves=unit == 'active'))

    def _say(self, status: K3sStatus) -> None:
        if self._is_news(status):
            self._said, self._said_at = status, time.monotonic()
            self._tell(status)

    def _end(self, reason: str, found: Look) -> None:
        self._watching = False
        self._tell(K3sExited(reason, found.wal, found.is_buried, self.last_words if reason == 'other' else ''))

    def _hear_last_words(self, status: K3sStatus) -> None:
        """Periodically, while it may be exiting over and over."""
        if status.etcd:
            self.last_words = ''
        elif self._watching and time.monotonic() - self._listened_at >= LISTEN_EVERY:
            self.last_words = self._root.last_words()
            self._listened_at = time.monotonic()

    def _is_news(self, status: K3sStatus) -> bool:
        return status != self._said or time.monotonic() - self._said_at >= SAY_EVERY
