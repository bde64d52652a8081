"""k3s and its etcd as far as founding goes: who has a WAL of which cluster, who is a voter, who a
learner. Start-up follows notes on k3s: the WAL decides; else `server`; else cluster-init.

What it does not do: a k3s ends only where it is not let in, was removed or is stopped, never on its own; a
founder's comes up unless it is stopped, a joiner's may stay without etcd forever; learners are evicted after a minute (k3s: 5 min)."""
from typing import TYPE_CHECKING, Dict, Optional

from join.inputs import K3sExited, K3sStatus
from join.model import Member, Votes
from join.others import EtcdMember
from join.outputs import StartK3s
from simulate.inventory import Inventory, address_of

if TYPE_CHECKING:
    from simulate.machine import Machine


class Cluster:
    """One etcd cluster and its CA."""

    __slots__ = ('number', 'epoch', 'ca_hash', 'founder', 'born', 'members', 'learner', 'seen')

    def __init__(self, number: int, epoch: int, name: str, uuid: str) -> None:
        self.number = number
        self.epoch = epoch
        self.ca_hash = '%064x' % (number + 1)
        self.founder = uuid
        """STATE UUID."""
        self.born = False
        """Whether it was ever up: until then nobody was told of it."""
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


class K3s:
    """The k3s of one machine: how it starts, joins and comes up, and how it ends."""

    __slots__ = ('machine', 'runs', 'hangs', 'resumed', 'life', 'answering', 'reported', 'founding_since')

    def __init__(self, machine: 'Machine') -> None:
        self.machine = machine
        self.runs = False
        self.hangs = False
        """It runs without its etcd, and does nothing about it."""
        self.resumed = False
        """It was started with data."""
        self.life = 0
        """Grows with every end: what was meant for an older one is void."""
        self.answering = -1.0
        """Since when its server answers on 6443; -1: it does not."""
        self.reported: Optional[K3sStatus] = None
        self.founding_since = -1
        """The life of the agent that ordered it to found; -1: none has."""

    def start(self, order: StartK3s) -> None:
        """By k3s' rules, whatever was ordered: the WAL, `server:`, cluster-init, or SQLite."""
        machine, world, disk = self.machine, self.machine.world, self.machine.disk
        self.end()
        self.runs = True
        self.resumed = disk.cluster is not None and not disk.tombstone
        if order.how != 'member' or order.server is not None:
            disk.server = order.server
        if order.how == 'agent':
            world.later(1.0 + 3.0 * world.random.random(), self.join_as_agent, self.life, order.ca_hash)
        elif self.resumed:
            world.later(2.0 + 6.0 * world.random.random(), self.rejoin, self.life, None)
        elif disk.server is not None:
            world.later(1.0 + 3.0 * world.random.random(), self.join, self.life, order.ca_hash)
        elif order.how == 'init':
            world.judge.init_ordered(machine)
            self.founding_since = machine.life
            world.moment(machine, 'init')
            world.later(0.5 + 2.0 * world.random.random(), self.make_cluster, self.life, None)
        else:
            world.judge.violation('%s runs k3s with neither server nor cluster-init: SQLite', machine.name)

    def end(self) -> None:
        machine = self.machine
        self.life += 1
        if not self.runs:
            return
        cluster = machine.disk.cluster
        self.runs = self.hangs = False
        self.answering = -1.0
        self.reported = None
        if cluster is not None:
            cluster.seen[machine.name] = machine.world.now
            machine.world.cluster_changed(cluster)

    def make_cluster(self, life: int, _: None) -> None:
        if life != self.life:
            return
        machine, world = self.machine, self.machine.world
        machine.disk.tombstone = False
        machine.disk.cluster = world.new_cluster(machine)
        world.later(3.0 + 5.0 * world.random.random(), self.come_up, self.life, None)

    def _server(self) -> 'Optional[Machine]':
        """The machine that `server:` names."""
        machine = self.machine
        return next((one for one in machine.world.machines if one.address == machine.disk.server), None)

    def join(self, life: int, ca_hash: Optional[str]) -> None:
        """As a learner, if the server that was named is there and takes one."""
        if life != self.life:
            return
        machine, world = self.machine, self.machine.world
        target = self._server()
        cluster = None if target is None else target.k3s.served()
        if (
            target is None or cluster is None or cluster.ca_hash != ca_hash
            or not world.network.tcp(machine.number, target.number)
            or cluster.learner is not None or machine.name in cluster.members
            or world.voters_reached(target, cluster) < cluster.voters()
        ):
            self.fail('other')
            return
        self.hangs = world.hang_next()
        if self.hangs and world.random.random() < 0.5:
            return
        world.trace('%s becomes a learner of cluster %d', machine.name, cluster.number)
        world.judge.joined(machine, cluster)
        cluster.members[machine.name] = machine.disk.uuid
        cluster.learner = machine.name
        machine.disk.cluster, machine.disk.tombstone = cluster, False
        if not self.hangs:
            world.later(4.0 + 8.0 * world.random.random(), self.promote, self.life, None)
        world.later(60.0, world.evict_learner, cluster, machine.disk.uuid)

    def join_as_agent(self, life: int, ca_hash: Optional[str]) -> None:
        """Without etcd: any server that answers will do."""
        if life != self.life:
            return
        machine, target = self.machine, self._server()
        cluster = None if target is None else target.k3s.served()
        if target is None or cluster is None or cluster.ca_hash != ca_hash:
            self.fail('other')
        elif machine.world.hang_next():
            self.hangs = True
        elif machine.world.network.tcp(machine.number, target.number):
            machine.feed(machine.life, (K3sStatus(True, ca_hash),))
        else:
            self.fail('other')

    def promote(self, life: int, _: None) -> None:
        machine, world, cluster = self.machine, self.machine.world, self.machine.disk.cluster
        if life != self.life or cluster is None:
            return
        if cluster.members.get(machine.name) != machine.disk.uuid:
            self.fail('evicted')
            return
        if not world.has_quorum(machine, cluster):
            world.later(5.0, self.promote, life, None)
            return
        if cluster.learner == machine.name:
            cluster.learner = None
        self.come_up(life, None)

    def rejoin(self, life: int, _: None) -> None:
        """A restart with a WAL: up once its cluster has quorum; ends if it was removed meanwhile."""
        machine, world, cluster = self.machine, self.machine.world, self.machine.disk.cluster
        if life != self.life or cluster is None:
            return
        if cluster.members.get(machine.name) != machine.disk.uuid and world.other_voter(machine, cluster):
            self.fail('evicted')
            return
        if cluster.learner == machine.name:
            self.promote(life, None)
        elif world.has_quorum(machine, cluster):
            self.come_up(life, None)
        else:
            world.later(4.0, self.rejoin, life, None)

    def come_up(self, life: int, _: None) -> None:
        machine, world, cluster = self.machine, self.machine.world, self.machine.disk.cluster
        if life != self.life or cluster is None:
            return
        if not cluster.born:
            world.judge.born(machine, cluster)
            cluster.born = True
        if self.answering < 0:
            self.answering = world.now
            world.moment(machine, 'up')
        world.cluster_changed(cluster)

    def fail(self, reason: str) -> None:
        """The process ends; its unit is not restarted by systemd."""
        machine, world, disk = self.machine, self.machine.world, self.machine.disk
        if reason == 'evicted':
            disk.tombstone = world.random.random() < 0.5
        self.end()
        report = K3sExited(reason, disk.cluster is not None, disk.tombstone)
        world.later(0.5, machine.feed, machine.life, (report,))

    def served(self) -> Optional[Cluster]:
        """The cluster whose server answers here."""
        return self.machine.disk.cluster if self.machine.on and self.runs and self.answering >= 0 else None

    def report(self, life: int, _: None) -> None:
        """Tells the core what /db/info says, if that is new."""
        machine, world, cluster = self.machine, self.machine.world, self.machine.disk.cluster
        if life != self.life or cluster is None or machine.state is None or self.answering < 0:
            return
        members = tuple(
            EtcdMember(name, world.reached(machine, cluster, name, uuid), cluster.learner == name,
                       address_of(name))
            for name, uuid in sorted(cluster.members.items()))
        status = K3sStatus(world.has_quorum(machine, cluster), cluster.ca_hash, members)
        if status != self.reported or machine.state.k3s == 'starting':
            self.reported = status
            machine.feed(machine.life, (status,))
