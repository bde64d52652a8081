"""What datagrams that are not authentic may cost: a share of one processor core, however many there are.

Nothing is charged for authentic ones, so what others send cannot limit them. Once the budget is spent,
datagrams are skipped without a look, except those from where authentic ones have come: an address can be
forged, so each of these has a smaller budget of its own.
"""
from typing import Dict, Tuple

Rate = Tuple[float, float]
"""Per second, and at most saved up."""

FAILURES: Rate = (0.1, 0.25)
"""Seconds of work."""
FAILURES_OF_ONE: Rate = (0.01, 0.05)
MOST_PROVEN = 32
"""Addresses; a cluster has few servers."""
MESSAGES_OF_AGENT: Rate = (30.0, 90.0)
"""Authentic ones; an agent sends a few per minute. Servers are trusted not to flood."""
MOST_AGENTS = 256

_CHEAP = ('too-long', 'no-message', 'not-for-us')
"""Reasons of wire.Dropped for which nothing had to be computed. Not `own`, which shows only once the tag is checked."""


def cost(reason: str, length: int) -> float:
    """Seconds of work that a datagram of so many bytes took until it was dropped."""
    if reason in _CHEAP:
        return 1e-6
    return 60e-6 if reason != 'forged' else 6e-6 + 3.5e-9 * length


class Buckets:
    """Token buckets by name, the most recently used."""

    def __init__(self, rate: Rate, most: int) -> None:
        self._rate, self._most = rate, most
        self._left: Dict[str, Tuple[float, float]] = {}

    def __contains__(self, name: object) -> bool:
        return name in self._left

    def left(self, name: str, now: float) -> float:
        """What is left; one that is not known is full."""
        left, at = self._left.get(name, (self._rate[1], now))
        return min(self._rate[1], left + (now - at) * self._rate[0])

    def take(self, name: str, amount: float, now: float) -> None:
        """Takes that much, also where less is left."""
        left = self.left(name, now) - amount
        self._left.pop(name, None)
        if len(self._left) >= self._most:
            del self._left[next(iter(self._left))]
        self._left[name] = (left, now)


class Limit:
    """For all sockets together. `now` is seconds on the monotonic clock."""

    def __init__(self) -> None:
        self._all = Buckets(FAILURES, 1)
        self._proven = Buckets(FAILURES_OF_ONE, MOST_PROVEN)
        self._agents = Buckets(MESSAGES_OF_AGENT, MOST_AGENTS)
        self.refused = 0
        """Datagrams skipped without a look."""

    def allows(self, address: str, now: float) -> bool:
        """Whether to look at a datagram from there; counts those that are skipped."""
        if self._all.left('', now) > 0 or (address in self._proven and self._proven.left(address, now) > 0):
            return True
        self.refused += 1
        return False

    def charge(self, address: str, seconds: float, now: float) -> None:
        """A datagram from there was not authentic, or not new."""
        if self._all.left('', now) > 0:
            self._all.take('', seconds, now)
        else:
            self._proven.take(address, seconds, now)

    def prove(self, address: str, now: float) -> None:
        """An authentic, new message came from there."""
        self._proven.take(address, 0.0, now)

    def hears(self, agent: str, now: float) -> bool:
        """Whether to take one more authentic message of that agent."""
        if self._agents.left(agent, now) < 1:
            return False
        self._agents.take(agent, 1.0, now)
        return True
