"""k3s and its etcd as far as founding goes: who has a WAL of which cluster, who is a voter, who a
learner. Start-up follows notes on k3s: the WAL decides; else `server`; else cluster-init."""
from typing import Dict, Optional

from join.model import Member, Votes
from simulate.inventory import Inventory


class Cluster:
    """One etcd cluster and its CA."""

    __slots__ = ('number', 'epoch', 'ca_hash', 'members', 'learner', 'seen')

    def __init__(self, number: int, epoch: int, name: str, uuid: str) -> None:
        self.number = number
        self.epoch = epoch
        self.ca_hash = '%064x' % (number + 1)
        self.members: Dict[str, str] = {name: uuid}
        """Name → STATE UUID of its disk."""
        self.learner: Optional[str] = None
        self.seen: Dict[str, float] = {}
        """Name → when its etcd last ended."""

    def voters(self) -> int:
        return len(self.members) - (1 if self.learner is not None else 0)


class Disk:
    """What survives power cuts: one STATE."""

    __slots__ = ('uuid', 'votes', 'member', 'cluster', 'tombstone', 'server', 'seed', 'full')

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.votes: Optional[Votes] = None
        self.member: Optional[Member] = None
        self.cluster: Optional[Cluster] = None
        """Whose WAL there is."""
        self.tombstone = False
        self.server: Optional[str] = None
        """`server:` in k3s' configuration."""
        self.seed: Optional[Inventory] = None
        """The inventory that it was last booted with."""
        self.full = False
        """Nothing can be made durable."""
