"""One history: what goes wrong and when, then peace, then what must be true."""
from random import Random
from typing import Callable, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from join.knowledge import data_epoch, epoch_of
from join.timing import READY_WITHIN
from simulate.foundings import is_below_majority
from simulate.machine import Machine, call
from simulate.world import World

PEACE = 400.0
"""Seconds after the last fault by which everybody has joined or says why not; READY_WITHIN more where a k3s
may hang."""

WHOLE = 4
"""Each fourth seed is watched until all have joined; the others until all know of the founding, from
when on nobody may found any more: what is left is the same in all of them."""

WIRED = 50
"""In each so many-th seed all messages go through the real codec."""

STUCK = 90.0
"""Seconds of peace after which a history that cannot end well is no longer watched."""


class Result(NamedTuple):
    seed: int
    violations: Tuple[str, ...]
    exceptions: FrozenSet[str]
    formed: Optional[float]
    """From the last power-on to one cluster of all, where nothing went wrong; None: not such a run."""
    events: int
    lines: Tuple[str, ...]


class History:
    """A world, and the faults that will hit it."""

    def __init__(self, seed: int, nodes: int, flavours: 'Tuple[Flavour, ...]', faults: 'Tuple[Fault, ...]',
                 early: 'Fault', tracing: bool, calm: bool) -> None:
        self.random = Random(seed)
        random = self.random.random
        calm = calm or random() < 0.1
        self.calm = calm
        self.seed = seed
        self.nodes = nodes
        self.flavour = flavours[int(random() * len(flavours))]
        self.faults = faults
        self.early = early
        """What may happen while the first machines start."""
        start = nodes if calm or random() < self.flavour.whole else 1 + int(nodes * random() ** 2)
        names = ['n%d' % number for number in range(1, nodes + 1)]
        if not calm:
            self.random.shuffle(names)
        founded = not calm and random() < 0.03
        agents = frozenset(names[start:][:1] if random() < 0.3 else [])
        join_only = frozenset(names[:1] if not calm and random() < 0.03 else [])
        self.world = World(self.random, nodes, tuple(names[:start]), self.draw_quorum(start, calm), founded,
                           tracing, agents, join_only, wired=seed % WIRED == 0)
        self.end = 0.0
        self.peaceful = False
        self.cut_short = False
        self.ambushes = 0
        self.peace_since = 0.0
        self.lost_disk = False
        self.abandoned = False
        self.hung = False
        self.last_power_on = 0.0

    def draw_quorum(self, servers: int, calm: bool) -> Union[str, int]:
        draw = self.random.random()
        if calm or draw < 0.7:
            return 'majority'
        if draw < 0.8:
            return 'safe' if servers > 2 else 'majority'
        if draw < 0.9:
            return 'all'
        least = servers // 2 + 1
        if draw < 0.91:
            least = 1
        return least + int(self.random.random() * (servers - least + 1))

    def run(self) -> Result:
        world = self.world
        self.power_on_all(8.0)
        if not self.calm and self.random.random() < 0.4:
            self._hold_back()
        if not self.calm:
            self._plan_faults()
            world.run(self.end, lambda: False, 1e9)
            self._peace()
        self.peace_since = world.now
        peace = PEACE + (READY_WITHIN if self.hung else 0.0)
        world.run(world.now + peace, self._is_over, 5.0)
        if not self.cut_short:
            self._last_judgement()
        formed = None
        if self.calm and not world.judge.violations and self._all_settled():
            formed = max(one.k3s.answering for one in world.machines if one.on) - self.last_power_on
        return Result(self.seed, tuple(world.judge.violations), frozenset(world.judge.exceptions), formed,
                      world.sequence, tuple(world.lines))

    # Faults.

    def power_on_all(self, within: float) -> None:
        for machine in self.world.machines:
            delay = within * self.random.random()
            self.last_power_on = max(self.last_power_on, self.world.now + delay)
            self.world.later(delay, call, machine.power_on, None)

    def _hold_back(self) -> None:
        """Some machines come late: all the others may have decided by then."""
        for machine in self.world.machines:
            if self.random.random() < 0.4:
                self.world.later(8.5, call, machine.power_off, None)
                self.world.later(8.5 + 60.0 * self.random.random(), call, machine.power_on, None)

    def _plan_faults(self) -> None:
        random = self.random.random
        flavour = self.flavour
        self.end = 12.0 + flavour.lasts * random()
        network = self.world.network
        if random() < 0.5:
            network.loss = 0.5 * random() ** 2
            network.twice = 0.2 * random() ** 2
        if random() < 0.5:
            network.slow = random() ** 2
        if random() < flavour.hot:
            self.world.later(8.0 * random(), self.early, self, None)
        if random() < flavour.impatient:
            self.world.impatience = 40.0 * random()
        if random() < flavour.hot:
            self.world.hot = 0.15 * random()
        if random() < flavour.hot:
            self.world.ambush = self._ambush
            self.ambushes = 1 + int(3 * random())
        self.world.wiretap = random() < 0.1
        faults = flavour.faults
        for _ in range(1 + int(flavour.most * random() ** 1.5)):
            kinds = faults if random() < 0.8 else self.faults
            self.world.later(self.end * random(), kinds[int(random() * len(kinds))], self, None)

    def _ambush(self, machine: Machine, moment: str) -> None:
        """The adversary strikes where a decree is half made or a cluster is new."""
        random = self.random.random
        if self.peaceful or self.ambushes == 0 or random() < 0.5:
            return
        self.ambushes -= 1
        self.world.trace('ambush of %s at %s', machine.name, moment)
        strike = self.flavour.strikes[int(random() * len(self.flavour.strikes))]
        strike(self, machine)
        self.end = max(self.end, self.world.now + 60.0 * random())

    def some_machine(self) -> Machine:
        machines = self.world.machines
        return machines[int(self.random.random() * len(machines))]

    def abandon_founder(self) -> None:
        """Somebody believes each node that says that its founder may be gone for good."""
        for machine in self.world.machines:
            if machine.said and 'abandon-founder' in machine.said:
                self.abandoned = True
                machine.abandon()

    def others(self) -> List[str]:
        """Machines that are no servers yet."""
        current = self.world.operator.current
        return [one.name for one in self.world.machines
                if one.name not in current.servers and one.name not in current.agents]

    def _peace(self) -> None:
        """Everything that can be repaired is; what was lost stays lost."""
        world = self.world
        world.trace('peace')
        self.peaceful = True
        world.network.heal(world.now)
        world.links_changed()
        world.wiretap = False
        world.hot = 0.0
        world.ambush = None
        world.rogues = []
        world.hangs = 0
        for machine in world.machines:
            machine.crash_in = -1
            if machine.disk.full:
                machine.disk.full = False
                machine.power_off()
            if machine.on and machine.state is None:
                machine.start_agent()
            if machine.on and machine.disk.seed != world.operator.current and self.random.random() < 0.7:
                machine.power_off()
        self.power_on_all(10.0)
        if self.random.random() < 0.5:
            for delay in (45.0, 60.0):
                self.world.later(delay, call, self.abandon_founder, None)

    # Judgement.

    def _is_over(self) -> bool:
        """All have joined; or, if that is impossible, all have long said why."""
        if self._all_settled():
            return True
        self.cut_short = self.seed % WHOLE != 0 and not self.calm and self._all_know()
        if self.cut_short:
            return True
        patient = self.world.now - self.peace_since < STUCK
        return not patient and not self._must_form() and all(
            one.is_settled() or one.said for one in self.world.machines if one.on)

    def _all_settled(self) -> bool:
        return all(one.is_settled() for one in self.world.machines if one.on)

    def _all_know(self) -> bool:
        """Whether all that are online know of a founding in their epoch."""
        states = [one.state for one in self.world.machines if one.on]
        return all(state is not None and data_epoch(state) >= epoch_of(state) for state in states)

    def _last_judgement(self) -> None:
        """Every machine that is on has joined, or says why not; and if nothing was lost, all have joined."""
        world = self.world
        left = [one for one in world.machines if one.on and not one.is_settled()]
        for one in left:
            if not one.said:
                world.judge.stuck('%s is waiting and does not say why (%s)', one.name, one.reason())
        if left and self._must_form():
            world.judge.stuck('no cluster of all after %.0f s of peace: %s', world.now - self.peace_since, '; '.join(
                '%s: %s' % (one.name, one.reason()) for one in left))
        self._no_old_epoch()

    def _must_form(self) -> bool:
        """Whether nothing in this history can keep anybody from joining."""
        world = self.world
        operator = world.operator
        return (
            not self.lost_disk and not self.abandoned and not world.judge.exceptions
            and not any(one.founded for one in operator.all) and not operator.lied and not operator.join_only
            and len({one.epoch for one in operator.all}) == 1
            and not any(is_below_majority(one.quorum, one.servers) for one in operator.all)
            and all(one.on for one in world.machines if one.name in operator.current.servers)
            and all(self._all_there(one.servers) for one in operator.all))

    def _all_there(self, servers: Tuple[str, ...]) -> bool:
        return all(self.world.machines[int(name[1:]) - 1].on for name in servers)

    def _no_old_epoch(self) -> None:
        """Every machine that was told of a later epoch has stopped."""
        judge = self.world.judge
        for machine in self.world.machines:
            cluster = machine.disk.cluster
            if machine.on and machine.k3s.runs and cluster is not None and machine.told > cluster.epoch:
                judge.violation('%s still runs epoch %d, told of epoch %d', machine.name, cluster.epoch,
                                machine.told)


Fault = Callable[[History, None], None]
Strike = Callable[[History, Machine], None]


class Flavour(NamedTuple):
    """What a history is mostly about."""

    faults: Tuple[Fault, ...]
    most: int
    lasts: float
    hot: float
    impatient: float
    strikes: Tuple[Strike, ...]
    whole: float = 0.9
    """How often the first inventory names all machines."""
