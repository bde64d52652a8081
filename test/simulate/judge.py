"""The invariants, over the whole history and not merely among machines that reach each other."""
from typing import TYPE_CHECKING, Dict, List, NamedTuple, Optional, Set, Tuple, Union

from join.knowledge import closed_latch
from join.messages import Accept, Body, Hello, Message, Voted
from join.model import Member, Votes
from join.quorum import majority
from simulate.kubernetes import Cluster

if TYPE_CHECKING:
    from simulate.machine import Machine
    from simulate.world import World


class Founding(NamedTuple):
    """What was true when a cluster was made."""

    name: str
    uuid: str
    epoch: int
    at: float
    confirmed: float
    """When the round that allowed it began."""
    voters: Dict[str, str]
    """Name → STATE UUID of the quorum of that round."""
    sets: Tuple[Tuple[str, ...], ...]
    servers: Tuple[str, ...]
    quorum: Union[str, int]
    abandoned: bool
    """Whether its inventory abandoned anybody."""
    saw_server: bool
    """A server of the epoch answered all the time since the round began, in reach."""
    latched: bool
    told: bool
    """In this life it was told of a cluster of its epoch or a later one."""


class Judge:
    def __init__(self, world: 'World') -> None:
        self.world = world
        self.violations: List[str] = []
        self.exceptions: Set[str] = set()
        self.foundings: List[Founding] = []
        self.accepted: Dict[str, Set[Tuple[int, str]]] = {}
        """STATE UUID → (epoch, founder's UUID) of which it ever told that it accepted it."""
        self.origins: Dict[Tuple[int, str], List[Set[str]]] = {}
        """(epoch, founder's UUID) → for each time that it proposed itself of its own: the founders that
        its voters had accepted before."""
        self.voted: Dict[str, Dict[int, float]] = {}
        """STATE UUID → epoch → when it first voted in it."""
        self.knows: Dict[str, int] = {}
        """STATE UUID → newest epoch of which it was told, or is or was a member."""
        self.orders: Dict[str, Founding] = {}
        self.born: Dict[str, int] = {}
        """STATE UUID → epoch whose latch it was told to be closed when it was made."""

    def stuck(self, text: str, *values: object) -> None:
        """Not unsafe, but no good either."""
        self.violation('liveness: ' + text, *values)

    def violation(self, text: str, *values: object) -> None:
        self.world.trace('VIOLATION ' + text, *values)
        self.violations.append('%s, at %.1f s' % (text % values, self.world.now))

    # What STATEs have seen.

    def persisted_votes(self, machine: 'Machine', votes: Votes) -> None:
        uuid = machine.disk.uuid
        if votes.promised is not None:
            self.voted.setdefault(uuid, {}).setdefault(votes.epoch, self.world.now)

    def sent(self, machine: 'Machine', body: Body) -> None:
        """What was claimed to others counts, whether it was remembered or not."""
        state = machine.state
        assert state is not None
        if type(body) is Voted:
            if state.votes.accepted is not None:
                self._accept(machine.disk.uuid, body.epoch, state.votes.accepted.value.uuid)
        elif type(body) is Accept and state.round is not None:
            uuid = machine.disk.uuid
            old = [one for _, one in state.round.promises.values() if one is not None]
            if body.value[1] == uuid and not any(one.value.uuid == uuid for one in old):
                voters = {voter for voter, _ in state.round.promises.values()}
                self.origins.setdefault((body.epoch, uuid), []).append(
                    {other for voter in voters for epoch, other in self.accepted.get(voter, ())
                     if epoch == body.epoch and other != uuid})
            self._accept(uuid, body.epoch, body.value[1])

    def _accept(self, uuid: str, epoch: int, founder: str) -> None:
        self.accepted.setdefault(uuid, set()).add((epoch, founder))

    def persisted_member(self, machine: 'Machine', member: Member) -> None:
        if member.mode != 'founding':
            self._learn(machine.disk.uuid, member.epoch)

    def heard(self, machine: 'Machine', message: Message) -> None:
        """After a hello was taken in whole."""
        body = message.body
        if type(body) is Hello and body.founded is not None:
            self._learn(machine.disk.uuid, body.founded[0])
            machine.told = max(machine.told, body.founded[0])

    def latched(self, machine: 'Machine', epoch: int) -> None:
        """Genesis or the inventory says that an epoch is founded."""
        assert machine.state is not None
        if machine.state.fresh and epoch > 0:
            self.born[machine.disk.uuid] = max(epoch, self.born.get(machine.disk.uuid, 0))

    def _learn(self, uuid: str, epoch: int) -> None:
        if self.knows.get(uuid, 0) < epoch:
            self.knows[uuid] = epoch

    # What must not happen.

    def init_ordered(self, machine: 'Machine') -> None:
        """cluster-init was ordered: remember on what grounds."""
        state = machine.state
        assert state is not None and machine.disk.seed is not None and machine.disk.member is not None
        current = state.round
        epoch = machine.disk.member.epoch
        inventory = machine.disk.seed
        confirmed = -1.0 if current is None else current.sent - machine.skew
        self.orders[machine.disk.uuid] = Founding(
            machine.name, machine.disk.uuid, epoch, self.world.now, confirmed,
            {} if current is None else dict(current.accepts), inventory.sets, inventory.servers,
            inventory.quorum, bool(inventory.abandon), self._server_in_reach(machine, epoch, confirmed),
            closed_latch(state) >= epoch, machine.told >= epoch)

    def _server_in_reach(self, machine: 'Machine', epoch: int, since: float) -> bool:
        network = self.world.network
        if network.changed >= since:
            return False
        return any(
            cluster is not None and cluster.epoch >= epoch and 0 <= other.answering < since
            and network.tcp(machine.number, other.number)
            for other, cluster in ((one, one.served()) for one in self.world.machines))

    def founded(self, machine: 'Machine', cluster: Cluster) -> None:
        new = self.orders[machine.disk.uuid]
        if new.saw_server:
            self.violation('%s founds although a server answers it', new.name)
        if new.latched:
            self.violation('%s founds although the latch is closed', new.name)
        if new.told:
            self.violation('%s founds although it was told of a cluster', new.name)
        for old in self.foundings:
            if old.epoch == new.epoch:
                self._second(old, new)
            elif old.epoch > new.epoch:
                self._late(old, new)
        self.foundings.append(new)

    def _second(self, old: Founding, new: Founding) -> None:
        """Two clusters of one epoch: excused only where nobody who voted could have known."""
        excuse = self.excuse(old, new)
        if excuse is None:
            self.violation('%s founds a second cluster of epoch %d, after %s', new.name, new.epoch, old.name)
        else:
            self.exceptions.add(excuse)

    def excuse(self, old: Founding, new: Founding) -> Optional[str]:
        """The name of the exception (exceptions.py) that covers this second founding."""
        if is_below_majority(old) or is_below_majority(new):
            return 'i-know'
        for uuid in list(new.voters.values()) + [new.uuid]:
            if self.knows.get(uuid, 0) >= new.epoch or self.born.get(uuid, 0) >= new.epoch:
                return None
        if any(old.uuid in known for known in self.origins.get((new.epoch, new.uuid), [])):
            return None
        shared = [one for one in old.sets if one in new.sets]
        if not shared:
            if self.world.operator.reopened:
                return 'latch-reopened'
            return 'never-booted' if self.world.operator.lied else None
        for one in shared:
            if not any(name in old.voters and name in new.voters for name in one):
                return None
        return 'voters-lost-their-disks'

    def _late(self, old: Founding, new: Founding) -> None:
        """An epoch that is over founds after a later one: its quorum must have been sealed."""
        for name, uuid in new.voters.items():
            since = self.voted.get(uuid, {}).get(old.epoch)
            if since is not None and since < new.confirmed:
                self.violation('%s voted in epoch %d and then for %s in epoch %d', name, old.epoch,
                               new.name, new.epoch)
                return
        jumped = any(one.jumped for one in self.world.machines)
        if new.at - new.confirmed > 61.0 and not jumped:
            self.violation('%s founds epoch %d, %.0f s after it was confirmed, when epoch %d exists',
                           new.name, new.epoch, new.at - new.confirmed, old.epoch)
        elif old.at < new.confirmed:
            self.exceptions.add('abandoned-are-alive')

    def joined(self, machine: 'Machine', cluster: Cluster) -> None:
        if cluster.epoch < machine.epoch():
            self.violation('%s of epoch %d joins a cluster of epoch %d', machine.name, machine.epoch(),
                           cluster.epoch)

    def removed(self, machine: 'Machine', cluster: Cluster, name: str) -> None:
        """A member was let go: it must be gone, and the others must be enough."""
        uuid = cluster.members[name]
        other = self.world.machines[int(name[1:]) - 1]
        if other.disk.uuid == uuid:
            self.violation('%s removes %s, which still has its disk', machine.name, name)
        left = cluster.voters() - (0 if cluster.learner == name else 1)
        if self.world.voters_reached(machine, cluster) < majority(left):
            self.violation('%s removes %s and leaves no quorum', machine.name, name)


def is_below_majority(founding: Founding) -> bool:
    quorum = founding.quorum
    return isinstance(quorum, int) and quorum < majority(len(founding.servers))
