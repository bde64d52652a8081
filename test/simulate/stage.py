"""A world that is directed by hand, for the histories that chance finds too seldom: scripts.py,
exceptions.py. Only delays and waits are random."""
from random import Random
from typing import Callable, List, Optional, Tuple, Union

from join.messages import Message
from join.timing import NEVER
from simulate.kubernetes import Cluster
from simulate.machine import Machine
from simulate.network import both_ways
from simulate.world import World

NOBODY = 99
"""As a leader: nobody proposes."""
STEP = 0.02
"""Virtual seconds after which a condition is checked again."""
LONG = 150.0
"""Virtual seconds in which whoever may found does."""


class Astray(Exception):
    """The history did not get to where its script wants it."""


class Stage:
    def __init__(
        self, count: int, servers: Optional[Tuple[str, ...]] = None, quorum: Union[str, int] = 'majority',
        seed: int = 1, tracing: bool = False,
    ) -> None:
        names = tuple('n%d' % number for number in range(1, count + 1))
        self.world = World(Random(seed), count, servers or names, quorum, False, tracing)
        self.world.shim = False
        self.leader = 0

    def machine(self, number: int) -> Machine:
        return self.world.machines[number - 1]

    # Power and disks.

    def on(self, *numbers: int, from_network: bool = True) -> None:
        for number in numbers:
            self.machine(number).boot(from_network)
        self._give_patience()

    def off(self, *numbers: int) -> None:
        for number in numbers:
            self.machine(number).power_off()

    def blank(self, number: int) -> None:
        """A new disk, the machine off."""
        self.off(number)
        self.machine(number).disk = self.world.new_disk()

    # Who proposes.

    def lead(self, number: int) -> None:
        """That machine proposes itself as soon as it may, and no other does; 0: by chance."""
        self.leader = number
        self._give_patience()

    def _give_patience(self) -> None:
        for machine in self.world.machines:
            if machine.state is not None and self.leader:
                first = machine.number == self.leader
                machine.state.patience = -1000.0 if first else 1000.0
                if first:
                    machine.state.propose_at = -NEVER
                    self.world.later(0.001, machine.feed, machine.life, ())

    # The network.

    def censor(self, rule: Callable[[Message, Machine], bool]) -> None:
        """Which message does not reach whom, from now on."""
        self.world.censor = rule

    def uncensor(self) -> None:
        self.world.censor = None

    def hold(self, number: int, body: type) -> List[Message]:
        """Messages of a kind that a machine sends reach nobody; they are collected."""
        held: List[Message] = []

        def rule(message: Message, receiver: Machine) -> bool:
            kept = message.name == self.machine(number).name and type(message.body) is body
            if kept and message not in held:
                held.append(message)
            return kept
        self.censor(rule)
        return held

    def deliver(self, message: Message, number: int) -> None:
        sender = next(one for one in self.world.machines if one.name == message.name)
        self.machine(number).receive(message, sender.address)

    def cut(self, side: Tuple[int, ...], tcp: bool = True) -> None:
        """These see each other no more, and nobody else; the others still do."""
        numbers = [one.number for one in self.world.machines]
        self.world.network.cut(both_ways(side, numbers), tcp, self.world.now)
        self.world.links_changed()

    def end_cuts(self) -> None:
        """All see each other again."""
        self.world.network.end_cuts(self.world.now)
        self.world.links_changed()

    def speak(self, number: int) -> None:
        """That machine says hello now."""
        machine = self.machine(number)
        assert machine.state is not None
        machine.state.hello_at = -NEVER
        machine.feed(machine.life, ())

    # Time.

    def run(self, seconds: float) -> None:
        self.world.run(self.world.now + seconds, lambda: False, 1e9)

    def until(self, condition: Callable[[], bool], most: float = 200.0) -> None:
        """Raises Astray where it does not come true."""
        end = self.world.now + most
        while not condition():
            if self.world.now >= end:
                raise Astray()
            self.run(STEP)

    def until_founded(self, clusters: int = 1) -> Cluster:
        """The newest cluster, the moment it exists: its etcd does not answer yet."""
        self.until(lambda: len(self.world.clusters) >= clusters)
        return self.world.clusters[-1]

    def until_settled(self, *numbers: int) -> None:
        """Until these are members."""
        self.until(lambda: all(self.machine(number).is_settled() for number in numbers))

    def judge_settled(self) -> None:
        """At the end: all are members by now."""
        for one in self.world.machines:
            if not one.is_settled():
                self.world.judge.stuck('%s has not joined (%s)', one.name, one.reason())

    # What several histories begin with.

    def found_and_go_dark(self, *voters: int) -> None:
        """The first of these founds by the votes of all of them, and they lose power before anybody was
        told of it."""
        self.lead(voters[0])
        self.on(*voters)
        self.until_founded()
        self.off(*voters)
        self.lead(0)
