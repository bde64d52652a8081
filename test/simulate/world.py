"""Virtual time and everything in it. Nothing happens between two events, so empty hours cost nothing."""
from heapq import heappop, heappush
from random import Random
from typing import Any, Callable, FrozenSet, List, Optional, Tuple, Union

from join.keyring import Keyring
from join.messages import Accept, Hello, Message
from join.others import Server
from join.outputs import Scan
from join.wire import Dropped, decode, encode
from simulate.inventory import Operator
from simulate.judge import Judge
from simulate.kubernetes import Cluster, Disk
from simulate.machine import Machine
from simulate.network import Network

KEY = b'peers of the simulator'
"""Of the servers."""

Datagram = Tuple[Message, str, str]
"""What is said, from which address, and the agent under whose key; empty: under the servers'."""


class World:
    def __init__(self, random: Random, count: int, servers: Tuple[str, ...], quorum: Union[str, int],
                 founded: bool, tracing: bool, agents: FrozenSet[str] = frozenset(),
                 join_only: FrozenSet[str] = frozenset(), wired: bool = False) -> None:
        self.random = random
        self.now = 0.0
        self.queue: List[Tuple[float, int, Callable[..., None], Any, Any]] = []
        self.sequence = 0
        self.tracing = tracing
        self.lines: List[str] = []
        self.disks = 0
        self.network = Network(random)
        self.operator = Operator(servers, quorum, founded, agents, join_only)
        self.clusters: List[Cluster] = []
        self.shim = random.random() < 0.5
        self.shim_latch = 0
        self.rogues: List[str] = []
        """Addresses at which a stranger's server answers."""
        self.overheard: List[Datagram] = []
        """What an attacker without the key has recorded."""
        self.wiretap = False
        self.hot = 0.0
        """Chance that the power goes at an effect that matters."""
        self.ambush: Optional[Callable[[Machine, str], None]] = None
        """Called at the moments that matter: accept (a founder asks for votes), init, wal, up."""
        self.impatience = 0.0
        """Seconds by which machines propose too early, at most: so more of them compete."""
        self.censor: Optional[Callable[[Message, Machine], bool]] = None
        """In a directed history: which message does not reach whom."""
        self.hangs = 0
        """So many of the next k3s that join stay up without their etcd."""
        self.wired = wired
        """Whether messages go through the real codec, which takes ten times as long."""
        self.old_agents = random.random() < 0.3
        """Whether agents were booted before they had keys of their own."""
        self.machines = [Machine(self, number) for number in range(1, count + 1)]
        self.judge = Judge(self)

    # Time.

    def at(self, time: float, call: Callable[..., None], one: Any, two: Any) -> None:
        self.sequence += 1
        heappush(self.queue, (time, self.sequence, call, one, two))

    def later(self, delay: float, call: Callable[..., None], one: Any, two: Any) -> None:
        self.sequence += 1
        heappush(self.queue, (self.now + delay, self.sequence, call, one, two))

    def run(self, until: float, done: Callable[[], bool], every: float) -> bool:
        """Runs events until a time, or until `done`, which is asked every so many seconds."""
        queue = self.queue
        ask = self.now + every
        while queue and queue[0][0] <= until:
            time, _, call, one, two = heappop(queue)
            self.now = time
            call(one, two)
            if time >= ask:
                if done():
                    return True
                ask = time + every
        self.now = until
        return done()

    def trace(self, text: str, *values: object) -> None:
        if self.tracing:
            self.lines.append('%9.3f %s' % (self.now, text % values))

    def new_disk(self) -> Disk:
        self.disks += 1
        return Disk('u%d' % self.disks)

    def moment(self, machine: Machine, name: str) -> None:
        """Soon after this the adversary may strike."""
        if self.ambush is not None:
            self.later(0.0015 * self.random.random() if name == 'accept' else self.random.random(),
                       self.ambush, machine, name)

    # UDP.

    def send(self, sender: Machine, message: Message, address: Optional[str], under: str) -> None:
        """`under`: the agent whose key it is; empty: the servers'."""
        if type(message.body) is not Hello:
            self.judge.sent(sender, message.body)
            if type(message.body) is Accept:
                self.moment(sender, 'accept')
        datagram = (message, sender.address, under)
        if self.wiretap and len(self.overheard) < 200:
            self.overheard.append(datagram)
        if address is None and self.network.is_clean():
            self.later(0.0002 + 0.002 * self.random.random(), self.arrive_at_all, sender, datagram)
            return
        for machine in self.machines:
            if machine is sender or not machine.on or (address is not None and machine.address != address):
                continue
            for delay in self.network.delays(sender.number, machine.number):
                self.later(delay, self.arrive, machine, datagram)

    def arrive_at_all(self, sender: Machine, datagram: Datagram) -> None:
        """A broadcast on a quiet network: one event instead of one for each machine."""
        for machine in self.machines:
            if machine is not sender and machine.state is not None:
                self.arrive(machine, datagram)

    def arrive(self, machine: Machine, datagram: Datagram) -> None:
        message, address, under = datagram
        if self.wired and machine.state is not None:
            # What the codec lets through is judged once more by the machine, as in the other histories.
            try:
                message = decode(encode(message, self.key_of(under), under), machine.keys).message
            except Dropped:
                return
        machine.receive(message, address, under)

    def key_of(self, agent: str) -> bytes:
        key = Keyring(KEY).find(agent)
        assert key is not None
        return key

    def arrive_forged(self, machine: Machine, datagram: Tuple[Message, str]) -> None:
        """A datagram whose tag was made without the key: the codec drops it."""
        if not self.wired:
            return
        try:
            decode(encode(datagram[0], b'guessed', machine.agent), machine.keys)
        except Dropped:
            return
        self.judge.violation('%s lets a forged message pass', machine.name)

    # Port 6443.

    def scan(self, machine: Machine, wish: Scan) -> Tuple[Server, ...]:
        found = []
        for other in self.machines:
            cluster = other.k3s.served()
            if cluster is None or other is machine or not self.network.tcp(machine.number, other.number):
                continue
            verified = cluster.ca_hash in wish.hashes and self.has_quorum(other, cluster)
            learner = cluster.learner is not None
            members = tuple(cluster.members) if verified else ()
            found.append(Server(other.address, verified, cluster.ca_hash, True, learner, members))
        for address in self.rogues:
            expected = any(one.address == address for one in self.machines)
            found.append(Server(address, False, 'f' * 64, expected))
        return tuple(found)

    # etcd.

    def reached(self, machine: Machine, cluster: Cluster, name: str, uuid: str) -> bool:
        """Whether the member's etcd runs and this one reaches it."""
        other = self.machines[int(name[1:]) - 1]
        return (
            other.on and other.k3s.runs and not other.k3s.hangs and other.disk.cluster is cluster and other.disk.uuid == uuid
            and (other is machine or self.network.tcp(machine.number, other.number)))

    def voters_reached(self, machine: Machine, cluster: Cluster) -> int:
        count = 0
        for name, uuid in cluster.members.items():
            if name != cluster.learner and self.reached(machine, cluster, name, uuid):
                count += 1
        return count

    def has_quorum(self, machine: Machine, cluster: Cluster) -> bool:
        return self.voters_reached(machine, cluster) > cluster.voters() // 2

    def other_voter(self, machine: Machine, cluster: Cluster) -> bool:
        """Whether a member is there that tells a removed one that it was removed."""
        return any(
            other is not machine and other.k3s.served() is cluster
            and self.network.tcp(machine.number, other.number) for other in self.machines)

    def cluster_changed(self, cluster: Cluster) -> None:
        """Members notice within a second or so, and again once a stale one could be removed."""
        for machine in self.machines:
            if machine.k3s.answering >= 0 and machine.disk.cluster is cluster:
                self.later(1.0 + self.random.random(), machine.k3s.report, machine.k3s.life, None)

    def links_changed(self) -> None:
        """Members notice who is out of reach, or back."""
        for cluster in self.clusters:
            self.cluster_changed(cluster)

    def hang_next(self) -> bool:
        """Whether the k3s that joins now will hang."""
        if self.hangs == 0:
            return False
        self.hangs -= 1
        return True

    def new_cluster(self, machine: Machine) -> Cluster:
        number = len(self.clusters) + 1
        epoch = self.judge.orders[machine.disk.uuid].epoch
        cluster = Cluster(number, epoch, machine.name, machine.disk.uuid)
        self.clusters.append(cluster)
        self.trace('%s founds cluster %d of epoch %d', machine.name, number, cluster.epoch)
        self.judge.founded(machine, cluster)
        self.moment(machine, 'wal')
        return cluster

    def remove_member(self, machine: Machine, name: str) -> None:
        cluster = machine.k3s.served()
        if cluster is None or name not in cluster.members or not self.has_quorum(machine, cluster):
            return
        self.judge.removed(machine, cluster, name)
        self.drop_member(cluster, name)

    def drop_member(self, cluster: Cluster, name: str) -> None:
        """etcd removes a member; if its k3s runs, that ends."""
        self.trace('cluster %d removes %s', cluster.number, name)
        uuid = cluster.members.pop(name)
        if cluster.learner == name:
            cluster.learner = None
        other = self.machines[int(name[1:]) - 1]
        if other.k3s.runs and not other.k3s.hangs and other.disk.uuid == uuid and other.disk.cluster is cluster:
            other.k3s.fail('evicted')
        self.cluster_changed(cluster)

    def rescue(self, machine: Machine) -> None:
        """`homepbp rescue` on a member whose cluster has lost its majority for good: k3s cluster-reset."""
        cluster = machine.disk.cluster
        if cluster is None or machine.disk.tombstone or cluster.members.get(machine.name) != machine.disk.uuid:
            return
        left = [name for name, uuid in cluster.members.items()
                if self.machines[int(name[1:]) - 1].disk.uuid == uuid and name != cluster.learner]
        if len(left) <= cluster.voters() // 2 and machine.name in left:
            self.trace('%s is rescued', machine.name)
            cluster.members, cluster.learner = {machine.name: machine.disk.uuid}, None
            self.cluster_changed(cluster)

    def evict_learner(self, cluster: Cluster, uuid: str) -> None:
        """The leader removes a learner that makes no progress (after 5 min; here sooner)."""
        name = cluster.learner
        if name is None or cluster.members[name] != uuid:
            return
        if any(one.k3s.served() is cluster and self.has_quorum(one, cluster) for one in self.machines):
            self.drop_member(cluster, name)
        else:
            self.later(30.0, self.evict_learner, cluster, uuid)

    def check_in(self, machine: Machine, stage: str) -> None:
        cluster = machine.disk.cluster
        if stage == 'founded' and self.shim and cluster is not None:
            self.shim_latch = max(self.shim_latch, cluster.epoch)
