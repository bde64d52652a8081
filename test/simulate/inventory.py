"""The operator's side: inventories, what is published of them, and the lock that remembers it.

Follows build/cluster-lock.ts: a set counts once a machine fetched it; sets of older epochs stay, less
the abandoned names; `founded: true` clears them.
"""
from typing import Dict, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from join.model import Config


class Inventory(NamedTuple):
    """One state of nodes.yaml, and the sets that its build took from the lock."""

    number: int
    epoch: int
    quorum: Union[str, int]
    servers: Tuple[str, ...]
    """In the order of the file."""
    founded: bool
    abandon: FrozenSet[str]
    sets: Tuple[Tuple[str, ...], ...]
    agents: FrozenSet[str]
    join_only: FrozenSet[str]
    """Whose known servers are outside the inventory."""

    def config(self, name: str) -> Config:
        """The seed of one machine."""
        servers: Tuple[Tuple[str, Optional[str]], ...] = tuple((one, address_of(one)) for one in self.servers)
        role = 'agent' if name in self.agents else 'server'
        return Config(name, role, self.epoch, self.quorum, self.sets, servers,
                      join_only=name in self.join_only, founded=self.founded)


def address_of(name: str) -> str:
    return '10.0.0.' + name[1:]


class Operator:
    """Builds inventories; the newest is what machines get that boot from the network."""

    def __init__(
        self, servers: Tuple[str, ...], quorum: Union[str, int], founded: bool,
        agents: FrozenSet[str] = frozenset(), join_only: FrozenSet[str] = frozenset(),
    ) -> None:
        self.agents = agents
        self.join_only = join_only
        self.lock: Dict[int, List[Tuple[str, ...]]] = {}
        self.reopened = False
        """Whether a latch that was closed in the inventory was opened in the same epoch."""
        self.lied = False
        """Whether sets were dropped by --never-booted although machines had them."""
        self.current = self._build(0, 1, quorum, servers, founded, frozenset())
        self.all = [self.current]

    def publish(self) -> Inventory:
        """What a machine fetches; from now on its set counts."""
        inventory = self.current
        own = tuple(sorted(inventory.servers))
        known = self.lock.setdefault(inventory.epoch, [])
        if own not in known and not inventory.founded:
            known.append(own)
        return inventory

    def change(
        self, epoch: Optional[int] = None, quorum: Union[str, int, None] = None,
        servers: Optional[Tuple[str, ...]] = None, founded: Optional[bool] = None,
        abandon: Optional[FrozenSet[str]] = None,
    ) -> None:
        """Edits nodes.yaml and builds."""
        old = self.current
        new_epoch = old.epoch if epoch is None else epoch
        new_founded = old.founded if founded is None else founded
        if old.founded and not new_founded and new_epoch == old.epoch:
            self.reopened = True
        self.current = self._build(
            old.number + 1, new_epoch, old.quorum if quorum is None else quorum,
            old.servers if servers is None else servers, new_founded,
            old.abandon if abandon is None else abandon)
        self.all.append(self.current)

    def say_never_booted(self) -> None:
        """`build --never-booted`."""
        self.lied = self.lied or bool(self.lock)
        self.lock = {}
        self.change()

    def _build(
        self, number: int, epoch: int, quorum: Union[str, int], servers: Tuple[str, ...], founded: bool,
        abandon: FrozenSet[str],
    ) -> Inventory:
        if founded:
            self.lock = {}
        sets: List[Tuple[str, ...]] = []
        for old, published in sorted(self.lock.items()):
            if old > epoch:
                continue
            for one in published:
                kept = one if old == epoch else tuple(name for name in one if name not in abandon)
                if kept and kept not in sets:
                    sets.append(kept)
        own = tuple(sorted(servers))
        if own not in sets:
            sets.append(own)
        return Inventory(number, epoch, quorum, servers, founded, abandon, tuple(sets), self.agents, self.join_only)
