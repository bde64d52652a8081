"""The invariants, over the whole history and not merely among machines that reach each other."""
from typing import TYPE_CHECKING, Dict, List, Set, Tuple

from join.knowledge import closed_latch
from join.messages import Accept, Body, Hello, Message, Prepare
from join.model import Ballot, Member, Votes
from join.quorum import majority
from join.timing import UNREACHED
from simulate.foundings import Founding, Operated, Proposal, excuse, excuse_of_old_epoch
from simulate.kubernetes import Cluster

if TYPE_CHECKING:
    from simulate.machine import Machine
    from simulate.world import World


class Judge:
    def __init__(self, world: 'World') -> None:
        self.world = world
        self.violations: List[str] = []
        self.exceptions: Set[str] = set()
        self.foundings: List[Founding] = []
        self.proposals: Dict[int, List[Proposal]] = {}
        """By epoch."""
        self.asked: Dict[Tuple[str, Ballot], float] = {}
        """(STATE UUID of the proposer, ballot) → when it asked for promises."""
        self.voted: Dict[str, Dict[int, float]] = {}
        """STATE UUID → epoch → when it first voted in it."""
        self.knows: Dict[str, Dict[int, float]] = {}
        """STATE UUID → epoch → since when it knows that this one is founded: it was told, was a member,
        or was made while its latch was closed."""
        self.orders: Dict[str, Founding] = {}
        """STATE UUID → the last cluster-init."""

    def stuck(self, text: str, *values: object) -> None:
        """Not unsafe, but wrong."""
        self.violation('liveness: ' + text, *values)

    def violation(self, text: str, *values: object) -> None:
        self.world.trace('VIOLATION ' + text, *values)
        self.violations.append('%s, at %.1f s' % (text % values, self.world.now))

    # What STATEs have seen.

    def persisted_votes(self, machine: 'Machine', votes: Votes) -> None:
        if votes.promised is not None:
            assert machine.state is not None
            if machine.state.config.role == 'agent' or machine.state.config.join_only:
                self.violation('%s votes although it may only join', machine.name)
            self.voted.setdefault(machine.disk.uuid, {}).setdefault(votes.epoch, self.world.now)
        if votes.joiner_of > machine.epoch():
            self.violation("%s keeps Genesis' word on epoch %d, beyond its own %d", machine.name, votes.joiner_of,
                           machine.epoch())
        known = votes.founded
        if known is not None and not any(
                one.epoch == known.epoch and known.ca_hash in (None, one.ca_hash) for one in self.world.clusters):
            self.violation('%s believes in a cluster of epoch %d that nobody founded', machine.name, known.epoch)

    def sent(self, machine: 'Machine', body: Body) -> None:
        """A proposal, as far as it counts: what was sent to others."""
        state = machine.state
        assert state is not None
        if type(body) is Prepare:
            self.asked.setdefault((machine.disk.uuid, Ballot(*body.ballot)), self.world.now)
        elif type(body) is Accept and state.round is not None:
            promises = {name: uuid for name, (uuid, _) in state.round.promises.items()}
            self.proposals.setdefault(body.epoch, []).append(
                Proposal(Ballot(*body.ballot), body.value[1], promises, state.config.sets))

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
        """Genesis or the inventory says that an epoch is founded; of later ones a STATE keeps nothing."""
        assert machine.state is not None
        if machine.state.fresh and epoch > 0:
            self._learn(machine.disk.uuid, min(epoch, machine.epoch()))

    def _learn(self, uuid: str, epoch: int) -> None:
        self.knows.setdefault(uuid, {}).setdefault(epoch, self.world.now)

    def _knew(self, uuid: str, epoch: int, before: float) -> bool:
        """Whether that STATE knew of a cluster of that epoch or a later one."""
        return any(known >= epoch and since < before for known, since in self.knows.get(uuid, {}).items())

    # What must not happen.

    def init_ordered(self, machine: 'Machine') -> None:
        """cluster-init was ordered: remember on what grounds."""
        state = machine.state
        assert state is not None and machine.disk.seed is not None and state.member is not None
        current = state.round
        if current is None:
            self.violation('%s founds without a decree', machine.name)
            return
        if current.value.uuid != machine.disk.uuid:
            self.violation('%s founds although the decree names another STATE', machine.name)
        epoch = state.member.epoch
        inventory = machine.disk.seed
        confirmed = self.asked.get((machine.disk.uuid, current.ballot), -1000.0)
        self.orders[machine.disk.uuid] = Founding(
            machine.name, machine.disk.uuid, epoch, self.world.now, current.ballot, confirmed,
            dict(current.accepts), inventory.sets, inventory.servers, inventory.quorum,
            bool(inventory.abandon), self._server_in_reach(machine, epoch, confirmed),
            closed_latch(state) >= epoch, machine.told >= epoch)

    def _server_in_reach(self, machine: 'Machine', epoch: int, since: float) -> bool:
        network = self.world.network
        if network.changed >= since:
            return False
        return any(
            cluster is not None and cluster.epoch >= epoch and 0 <= other.k3s.answering < since
            and network.tcp(machine.number, other.number)
            for other, cluster in ((one, one.k3s.served()) for one in self.world.machines))

    def founded(self, machine: 'Machine', cluster: Cluster) -> None:
        new = self.orders[machine.disk.uuid]
        if new.saw_server:
            self.violation('%s founds although a server answers', new.name)
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

    def born(self, machine: 'Machine', cluster: Cluster) -> None:
        """A new cluster is up: its founder must have heard of no other one until now."""
        if machine.k3s.founding_since == machine.life and machine.told >= cluster.epoch:
            self.violation('%s goes on founding although it was told of a cluster', machine.name)

    def _operated(self) -> Operated:
        return Operated(self.world.operator.reopened, self.world.operator.lied)

    def _second(self, old: Founding, new: Founding) -> None:
        """Two clusters of one epoch: excused only where nobody who voted could have known."""
        name = excuse(old, new, self.proposals.get(new.epoch, []), self._operated())
        knew = any(self._knew(uuid, new.epoch, new.confirmed) for uuid in [*new.voters.values(), new.uuid])
        if name is None or (knew and name != 'i-know'):
            self.violation('%s founds a second cluster of epoch %d, after %s', new.name, new.epoch, old.name)
        else:
            self.exceptions.add(name)

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
            excused = excuse_of_old_epoch(old, new, self._operated())
            if excused is None:
                self.violation('%s founds epoch %d although %s has founded epoch %d', new.name, new.epoch,
                               old.name, old.epoch)
            else:
                self.exceptions.add(excused)

    def joined(self, machine: 'Machine', cluster: Cluster) -> None:
        if cluster.epoch < machine.epoch():
            self.violation('%s of epoch %d joins a cluster of epoch %d', machine.name, machine.epoch(),
                           cluster.epoch)

    def stopped(self, machine: 'Machine') -> None:
        """The agent stops its k3s: one with data waits for the others as long as it takes, unless its epoch
        is over."""
        cluster, votes = machine.disk.cluster, machine.disk.votes
        if not machine.k3s.resumed or cluster is None:
            return
        founded = votes.founded.epoch if votes is not None and votes.founded is not None else 0
        if max(founded, machine.told) <= cluster.epoch:
            self.violation('%s stops a member that only waits for the others', machine.name)

    def removed(self, machine: 'Machine', cluster: Cluster, name: str) -> None:
        """A member was removed automatically: it must be gone for good, and the others must be enough."""
        uuid = cluster.members[name]
        other = self.world.machines[int(name[1:]) - 1]
        if other.disk.uuid == uuid:
            self.violation('%s removes %s, which still has its disk', machine.name, name)
        away = self.world.now - cluster.seen.get(name, 0.0)
        if away < UNREACHED and not machine.jumped:
            self.violation('%s removes %s, which etcd reached %.0f s ago', machine.name, name, away)
        left = cluster.voters() - (0 if cluster.learner == name else 1)
        if self.world.voters_reached(machine, cluster) < majority(left):
            self.violation('%s removes %s and leaves no quorum', machine.name, name)
