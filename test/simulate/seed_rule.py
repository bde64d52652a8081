"""The rule that this project began with, on the same network, machines and k3s: scan, join what answers;
else wait at random and scan again, several times; a last scan; create a cluster. No machine speaks to
another one before it has a server."""
from random import Random
from typing import NamedTuple, Optional, Sequence

from join.inputs import Input, K3sExited
from join.outputs import Scan, StartK3s
from simulate.kubernetes import Cluster
from simulate.machine import SCAN_TIME, Machine, call
from simulate.world import World

CHECKS = 3
"""Scans that must find nothing before the last one."""
LONGEST = 900.0
"""Virtual seconds after which a run is over."""


class Outcome(NamedTuple):
    clusters: int
    formed: Optional[float]
    """From the last power-on until all are members of one cluster; None: they never were."""


class ByTheSeed(Machine):
    """A machine that follows that rule; `wait` is the longest random wait, in seconds."""

    __slots__ = ('wait', 'checks')

    def __init__(self, world: World, number: int, wait: float) -> None:
        super().__init__(world, number)
        self.wait = wait
        self.checks = 0

    def start_agent(self) -> None:
        self.life += 1
        self.checks = 0
        self.scan_soon(0.0)

    def scan_soon(self, delay: float) -> None:
        random = self.world.random.random
        self.world.later(delay + SCAN_TIME * (0.4 + random()), self.look, self.life, None)

    def look(self, life: int, _: None) -> None:
        if life != self.life or self.k3s.runs:
            return
        world = self.world
        hashes = tuple(one.ca_hash for one in world.clusters)
        servers = world.scan(self, Scan(hashes, ()))
        if servers:
            self.k3s.start(StartK3s('join', servers[0].address, servers[0].ca_hash))
        elif self.checks < CHECKS:
            self.checks += 1
            self.scan_soon(self.wait / CHECKS * world.random.random())
        else:
            self.k3s.runs = True
            world.later(0.5 + 2.0 * world.random.random(), self.make_cluster, self.k3s.life, None)

    def make_cluster(self, life: int, _: None) -> None:
        world = self.world
        self.disk.cluster = Cluster(len(world.clusters) + 1, 1, self.name, self.disk.uuid)
        world.clusters.append(self.disk.cluster)
        world.later(3.0 + 5.0 * world.random.random(), self.k3s.come_up, self.k3s.life, None)

    def feed(self, life: int, inputs: Sequence[Input]) -> None:
        """k3s ended, as one does that was not let in: it is tried again."""
        if life == self.life and any(isinstance(item, K3sExited) for item in inputs):
            self.scan_soon(5.0 * (1.0 + self.world.random.random()))

    def is_settled(self) -> bool:
        return self.k3s.answering >= 0


def run_seed_rule(seed: int, nodes: int, wait: float) -> Outcome:
    """All machines get power within 8 s, as in a calm history of ours; nothing goes wrong."""
    random = Random(seed)
    names = tuple('n%d' % number for number in range(1, nodes + 1))
    world = World(random, nodes, names, 'majority', False, False)
    machines = [ByTheSeed(world, number, wait) for number in range(1, nodes + 1)]
    world.machines = [*machines]
    last = 0.0
    for machine in machines:
        delay = 8.0 * random.random()
        last = max(last, delay)
        world.later(delay, call, machine.power_on, None)
    world.run(LONGEST, lambda: all(machine.is_settled() for machine in machines), 1.0)
    one = len(world.clusters) == 1 and all(machine.is_settled() for machine in machines)
    return Outcome(len(world.clusters), max(m.k3s.answering for m in machines) - last if one else None)
