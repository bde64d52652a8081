"""A whole cluster that takes a new set of secrets, in virtual time, with lost messages and machines that go off."""
import heapq
import random
import unittest
from typing import Any, Dict, List, Optional, Tuple

from join.inputs import Input, K3sStatus, Received, Tick
from join.model import Facts, Member, Sets, State
from join.others import EtcdMember
from join.outputs import Output, Send, SetTimer, StartK3s, TakeStaged
from join.step import begin, step
from join.test_rotation import NEW, OLD
from join.test_scene import CA, config_of


class Machine:
    """A server in virtual time: its agent, and a k3s that takes a while to start."""

    def __init__(self, world: 'World', number: int) -> None:
        self.world, self.name, self.number = world, f'n{number}', number
        self.used, self.staged = OLD, None  # type: Tuple[str, Optional[str]]
        self.previous: Optional[str] = None
        self.k3s = True
        self.on = True
        self.is_rotating = False
        self.life, self.timer = 0, 0.0
        self.start()

    def start(self) -> None:
        """The agent's; k3s may run already."""
        self.life += 1
        config = config_of(self.world.size, name=self.name)
        facts = Facts(
            config, f'u-{self.number}', '%016x' % self.world.random.getrandbits(64), self.world.random.getrandbits(32),
            True, False, None, Member(1, 'founder', CA), None, self.k3s, Sets(self.used, self.staged))
        self.state: Optional[State] = None
        state, outputs = begin(facts._replace(unreadable='irrelevant here'), self.world.now)
        self.state = state
        self.perform(outputs)
        self.world.later(1.0, self.report, self.life)

    def perform(self, outputs: List[Output]) -> None:
        world, life = self.world, self.life
        for one in outputs:
            if isinstance(one, Send):
                world.deliver(self, one)
            elif isinstance(one, SetTimer):
                self.timer = max(world.now + 0.1, one.at)
                world.later(self.timer - world.now, self.tick, life, self.timer)
            elif isinstance(one, StartK3s):
                world.later(world.random.uniform(2, 60), lambda: self.run_k3s(life))
            elif isinstance(one, TakeStaged):
                self.take(one.set)

    def tick(self, life: int, due: float) -> None:
        """Unless the timer was set anew."""
        if due == self.timer:
            self.feed(life, Tick())

    def take(self, staged: str) -> None:
        assert staged == self.staged
        self.k3s, self.is_rotating = False, True
        self.world.took(self)
        self.state = None
        life = self.life

        def done() -> None:
            if self.life == life:
                self.previous, self.used, self.staged = self.used, staged, None
                self.start()
        self.world.later(self.world.random.uniform(1, 20), done)

    def run_k3s(self, life: int) -> None:
        if life == self.life and self.on:
            self.k3s, self.is_rotating = True, False

    def report(self, life: int) -> None:
        if life != self.life or self.state is None:
            return
        if self.k3s:
            running = [one for one in self.world.machines if one.k3s]
            if 2 * len(running) > self.world.size:
                members = tuple(EtcdMember(one.name, one.k3s, False, f'10.0.0.{one.number}') for one in self.world.machines)
                self.feed(life, K3sStatus(True, CA, members))
            else:
                self.feed(life, K3sStatus(False))
        self.world.later(self.world.random.uniform(5, 10), lambda: self.report(life))

    def feed(self, life: int, *inputs: Input) -> None:
        if life == self.life and self.state is not None:
            self.state, outputs = step(self.state, self.world.now, inputs)
            self.perform(outputs)

    def power_off(self) -> None:
        self.life += 1
        self.on = self.k3s = self.is_rotating = False
        self.state = None

    def power_on(self) -> None:
        if not self.on:
            self.on = True
            self.start()

    def stage(self) -> None:
        """Genesis has given the new set: the agent starts again."""
        if self.on and self.state is not None and self.used != NEW and self.staged is None:
            self.staged = NEW
            self.start()


class World:
    def __init__(self, seed: int, size: int, has_power_cuts: bool) -> None:
        self.random = random.Random(seed)
        self.now, self.size = 0.0, size
        self.has_power_cuts = has_power_cuts
        self.waiting: List[Tuple[float, int, Any]] = []
        self.count = 0
        self.machines: List[Machine] = []
        for number in range(1, size + 1):
            self.machines.append(Machine(self, number))
        for machine in self.machines:
            self.keep_staging(machine)
        if has_power_cuts:
            self.later(self.random.uniform(50, 300), self.cut)

    def keep_staging(self, machine: Machine) -> None:
        def ask() -> None:
            machine.stage()
            self.keep_staging(machine)
        self.later(self.random.uniform(30, 120), ask)

    def cut(self) -> None:
        if self.now > 3000:
            return
        machine = self.random.choice(self.machines)
        machine.power_off()
        self.later(self.random.uniform(5, 400), machine.power_on)
        self.later(self.random.uniform(50, 500), self.cut)

    def later(self, seconds: float, what: Any, *words: Any) -> None:
        self.count += 1
        heapq.heappush(self.waiting, (self.now + seconds, self.count, (lambda: what(*words)) if words else what))

    def deliver(self, sender: Machine, one: Send) -> None:
        spoken = {sender.used, sender.staged} - {None}
        for machine in self.machines:
            is_meant = one.address is None or one.address == f'10.0.0.{machine.number}'
            if machine is sender or not is_meant or self.random.random() < 0.2:
                continue
            life, received = machine.life, Received(one.message, f'10.0.0.{sender.number}')

            def arrive(machine: Machine = machine, life: int = life, received: Received = received) -> None:
                if spoken & {machine.used, machine.staged, machine.previous}:
                    machine.feed(life, received)
            self.later(self.random.uniform(0.001, 0.5), arrive)

    def took(self, machine: Machine) -> None:
        """Never two at once; and where nothing else goes wrong, all others run."""
        rotating = [one.name for one in self.machines if one.is_rotating]
        assert rotating == [machine.name], rotating
        if not self.has_power_cuts:
            assert all(one.k3s for one in self.machines if one is not machine)

    def run(self, until: float) -> None:
        while self.waiting and self.now < until:
            self.now, _, what = heapq.heappop(self.waiting)
            what()


class Whole(unittest.TestCase):
    def test_all_get_there_one_after_the_other(self) -> None:
        for seed in range(12):
            for size in (1, 2, 3, 5):
                world = World(seed, size, False)
                world.run(2500.0)
                self.assertEqual({one.name: one.used for one in world.machines if one.used != NEW}, {}, (seed, size))

    def test_also_with_power_cuts(self) -> None:
        for seed in range(20):
            world = World(seed, 3, True)
            world.run(6000.0)
            self.assertEqual({one.name: one.used for one in world.machines if one.used != NEW}, {}, seed)

    def test_one_that_is_off_makes_them_wait_and_harms_nobody(self) -> None:
        world = World(1, 3, False)
        world.machines[1].power_off()
        world.run(2000.0)
        self.assertEqual([one.used for one in world.machines], [OLD] * 3)
        self.assertEqual([one.k3s for one in world.machines], [True, False, True])
        states: Dict[str, str] = {one.name: one.state.rotation for one in world.machines if one.state is not None}
        self.assertEqual(states['n1'], 'waits for n2, which is not heard from')
        world.machines[1].power_on()
        world.run(5000.0)
        self.assertEqual([one.used for one in world.machines], [NEW] * 3)


if __name__ == '__main__':
    unittest.main()
