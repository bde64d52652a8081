"""How many datagrams are looked at: so many a second from one address, and so many from all."""
from typing import Dict, Tuple

FROM_ONE = (30.0, 90.0)
"""A second, and at once. A peer sends a few a second."""
FROM_ALL = (1000.0, 1000.0)
MOST_ADDRESSES = 256


class Limit:
    """Token buckets. An address that is not among those remembered shares one with all such."""

    def __init__(self) -> None:
        self._buckets: Dict[str, Tuple[float, float]] = {}
        self.refused = 0

    def allows(self, address: str, now: float) -> bool:
        """Whether one more datagram from there is looked at; counts it."""
        if address not in self._buckets and len(self._buckets) >= MOST_ADDRESSES:
            self._forget(now)
            if len(self._buckets) >= MOST_ADDRESSES:
                address = 'others'
        if self._take(address, FROM_ONE, now) and self._take('', FROM_ALL, now):
            return True
        self.refused += 1
        return False

    def _take(self, name: str, rate: Tuple[float, float], now: float) -> bool:
        left, at = self._buckets.get(name, (rate[1], now))
        left = min(rate[1], left + (now - at) * rate[0])
        self._buckets[name] = (max(0.0, left - 1), now)
        return left >= 1

    def _forget(self, now: float) -> None:
        """Drops the buckets that are full again."""
        per_second, most = FROM_ONE
        self._buckets = {
            name: (left, at) for name, (left, at) in self._buckets.items()
            if not name or left + (now - at) * per_second < most
        }
