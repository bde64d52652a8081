"""How many datagrams are processed: limits per second for each address and for all."""
from typing import Dict, Tuple

FROM_ONE = (30.0, 90.0)
"""Per second, and in one burst. A peer sends a few per second."""
FROM_ALL = (1000.0, 1000.0)
MOST_ADDRESSES = 256


class Limit:
    """Token buckets. Addresses that are not remembered share one."""

    def __init__(self) -> None:
        self._buckets: Dict[str, Tuple[float, float]] = {}
        self.refused = 0

    def allows(self, address: str, now: float) -> bool:
        """Whether to process one more datagram from there; counts it."""
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
