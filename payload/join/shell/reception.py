"""From datagrams to messages of the core: authentic, new, each once, whatever else arrives."""
import selectors
import time
from typing import Callable, Dict, List, Optional, Tuple

from join.inbox import Inbox
from join.inputs import Received
from join.keyring import Keyring
from join.shell.flood import Limit, cost
from join.shell.sockets import Datagram, Sockets
from join.wire import Dropped, Spoken, decode

SIX_WAITS = 0.3
"""Seconds that a message over IPv6 is held back, so that its IPv4 twin comes first: k3s is told IPv4."""
MOST_HELD = 128
"""Distinct authentic messages: replays take no room."""


class Reception:
    """For one start of the agent. `now` is seconds on the monotonic clock."""

    def __init__(self, keys: Keyring, inbox: Inbox) -> None:
        self.keys, self.inbox = keys, inbox
        self.limit = Limit()
        self._held: Dict[Tuple[str, str, int], Tuple[float, Spoken, str]] = {}

    def sort(self, arrived: List[Datagram], now: float) -> List[Received]:
        """The messages among these, and those whose wait is over."""
        found: List[Optional[Received]] = []
        for one in arrived:
            spoken = self._open(one, now)
            if spoken is None:
                continue
            if ':' in one.address:
                self._hold(spoken, one.address, now + SIX_WAITS)
            else:
                found.append(self._take(spoken, one.address))
        for key in [key for key, (due, _, _) in self._held.items() if due <= now]:
            _, spoken, address = self._held.pop(key)
            found.append(self._take(spoken, address))
        return [one for one in found if one is not None]

    def next_due(self) -> Optional[float]:
        """When a message that is held back is due."""
        return next((due for due, _, _ in self._held.values()), None)

    def _open(self, one: Datagram, now: float) -> Optional[Spoken]:
        """The message, if it is authentic and new."""
        if not self.limit.allows(one.address, now):
            return None
        try:
            spoken = decode(one.data, self.keys)
            self.inbox.peek(spoken)
            if spoken.agent and not self.limit.hears(spoken.agent, now):
                raise Dropped('too-often')
        except Dropped as reason:
            self.inbox.count(str(reason))
            tries = len(self.keys.heard) if str(reason) == 'forged' else 1
            self.limit.charge(one.address, tries * cost(str(reason), len(one.data)), now)
            return None
        if not spoken.agent:
            self.limit.prove(one.address, now)
        return spoken

    def _hold(self, spoken: Spoken, address: str, due: float) -> None:
        message = spoken.message
        key = (spoken.agent or message.uuid, message.incarnation, message.counter)
        if len(self._held) < MOST_HELD:
            self._held.setdefault(key, (due, spoken, address))
        else:
            self.inbox.count('too-many-held')

    def _take(self, spoken: Spoken, address: str) -> Optional[Received]:
        try:
            self.inbox.check(spoken)
        except Dropped as reason:
            self.inbox.count(str(reason))
            return None
        return Received(spoken.message, address, spoken.agent)


class Receiver:
    """In a thread of its own: while a vote is synced to the disk, or systemd takes its time, the kernel's buffers
    would soon be full of what strangers send."""

    def __init__(self, sockets: Sockets, reception: Reception, tell: Callable[[Received], None]) -> None:
        self._sockets, self._reception, self._tell = sockets, reception, tell
        self._selector = selectors.DefaultSelector()
        for one in sockets.all():
            self._selector.register(one, selectors.EVENT_READ)

    def run(self) -> None:
        """Forever."""
        while True:
            self.turn()

    def turn(self) -> None:
        """Waits until something comes in, or is due."""
        due = self._reception.next_due()
        self._selector.select(None if due is None else max(0.0, due - time.monotonic()))
        for message in self._reception.sort(self._sockets.receive(), time.monotonic()):
            self._tell(message)
