"""Who reaches whom, and when: loss, delay, duplicates, reordering, one-way and two-way cuts."""
from random import Random
from typing import FrozenSet, Iterable, List, Set, Tuple


class Network:
    """UDP between machines by number; TCP works where neither direction is cut for it."""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.loss = 0.0
        self.slow = 0.0
        """Share of datagrams that take seconds."""
        self.twice = 0.0
        self.udp_cut: Set[Tuple[int, int]] = set()
        self.tcp_cut: Set[Tuple[int, int]] = set()
        self.changed = 0.0
        """When a cut was last made or healed."""

    def delays(self, source: int, target: int) -> List[float]:
        """When copies of a datagram arrive, in seconds from now; empty: lost."""
        if (source, target) in self.udp_cut:
            return []
        random = self.random.random
        if self.loss and random() < self.loss:
            return []
        delay = 0.0002 + 0.002 * random()
        if self.slow and random() < self.slow:
            delay += 5.0 * random()
        if self.twice and random() < self.twice:
            return [delay, delay + 2.0 * random()]
        return [delay]

    def is_clean(self) -> bool:
        return not (self.loss or self.slow or self.twice or self.udp_cut)

    def tcp(self, one: int, other: int) -> bool:
        """Whether a connection can be made; it needs both directions."""
        cut = self.tcp_cut
        return not cut or ((one, other) not in cut and (other, one) not in cut)

    def cut(self, pairs: FrozenSet[Tuple[int, int]], tcp: bool, now: float) -> None:
        self.udp_cut |= pairs
        if tcp:
            self.tcp_cut |= pairs
        self.changed = now

    def end_cuts(self, now: float) -> None:
        """Ends all cuts."""
        self.udp_cut, self.tcp_cut = set(), set()
        self.changed = now

    def heal(self, now: float) -> None:
        """Ends all that is wrong."""
        self.end_cuts(now)
        self.loss = self.slow = self.twice = 0.0


def both_ways(ones: Iterable[int], others: Iterable[int]) -> FrozenSet[Tuple[int, int]]:
    """The links between these machines and those, in both directions."""
    pairs = {(one, other) for one in ones for other in others if one != other}
    return frozenset(pairs | {(other, one) for one, other in pairs})
