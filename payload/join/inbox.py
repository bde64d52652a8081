"""Each message once: what was replayed, comes late, or is our own, is dropped."""
from typing import Dict, Optional, Tuple

from join.messages import Message
from join.wire import Dropped, Spoken


class Inbox:
    """Accepts each message once; a window of counters tolerates reordering. Counts what is dropped.

    Which incarnation of a sender is the current one cannot be known here: a message from an older one may
    be late or replayed. So each has its own window, and the core asks for proof (peers.py).
    """

    WINDOW = 64
    MOST_SENDERS = 256
    """Servers of the network and replaced disks; as many again are agents with keys of their own."""
    INCARNATIONS = 16
    """Remembered per sender, the most recently heard."""

    def __init__(self, uuid: str, incarnation: str) -> None:
        self._own = (uuid, incarnation)
        self._servers: Dict[str, Dict[str, Tuple[int, int]]] = {}
        """STATE UUID → incarnation → highest counter, and which lower ones were seen."""
        self._agents: Dict[str, Dict[str, Tuple[int, int]]] = {}
        """The same by name, whatever UUID an agent claims: it may be a server's."""
        self.dropped: Dict[str, int] = {}

    def count(self, reason: str) -> None:
        """One more was dropped."""
        self.dropped[reason] = self.dropped.get(reason, 0) + 1

    def check(self, spoken: Spoken) -> None:
        """Takes it. Raises Dropped: own (our broadcast came back), clone (our STATE runs elsewhere, too), stale,
        too-many-senders."""
        self._look(spoken, True)

    def peek(self, spoken: Spoken) -> None:
        """Raises what `check` would, and takes nothing."""
        self._look(spoken, False)

    def _look(self, spoken: Spoken, take: bool) -> None:
        message = spoken.message
        if message.uuid == self._own[0] and not spoken.agent:
            raise Dropped('own' if message.incarnation == self._own[1] else 'clone')
        senders, sender = (self._agents, spoken.agent) if spoken.agent else (self._servers, message.uuid)
        if sender not in senders and len(senders) >= self.MOST_SENDERS:
            raise Dropped('too-many-senders')
        known = senders.get(sender, {})
        window = _advanced(known.get(message.incarnation), message, self.WINDOW)
        if not take:
            return
        if message.incarnation not in known and len(known) >= self.INCARNATIONS:
            del known[next(iter(known))]
        known[message.incarnation] = window
        senders[sender] = known


def _advanced(seen: Optional[Tuple[int, int]], message: Message, size: int) -> Tuple[int, int]:
    """The highest counter and the window below it, with that message in them. Raises Dropped: stale."""
    if seen is None:
        return message.counter, 1
    highest, window = seen
    ahead = message.counter - highest
    if ahead > 0:
        shifted = (window << ahead) & (2 ** size - 1) if ahead < size else 0
        return message.counter, shifted | 1
    if -ahead >= size or window >> -ahead & 1:
        raise Dropped('stale')
    return highest, window | 1 << -ahead
