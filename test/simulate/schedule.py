"""One seed, one history: what goes wrong and when, then peace, then what must be true."""
from random import Random
from typing import Callable, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from join.messages import Hello, Message, Prepare, Promise, Voted
from simulate.machine import Machine
from simulate.world import World

PEACE = 400.0
"""Seconds after the last fault by which everybody has joined or says why not."""


class Result(NamedTuple):
    seed: int
    violations: Tuple[str, ...]
    exceptions: FrozenSet[str]
    formed: Optional[float]
    """From the last power-on to one cluster of all, where nothing went wrong; None: not such a run."""
    events: int
    lines: Tuple[str, ...]


class History:
    """A world, and the faults that are to come over it."""

    def __init__(self, seed: int, nodes: int, tracing: bool, calm: bool = False) -> None:
        self.random = Random(seed)
        random = self.random.random
        calm = calm or random() < 0.1
        self.calm = calm
        self.seed = seed
        self.nodes = nodes
        start = nodes if calm or random() < 0.6 else 1 + int(random() * nodes)
        names = ['n%d' % number for number in range(1, nodes + 1)]
        if not calm:
            self.random.shuffle(names)
        founded = not calm and random() < 0.03
        self.world = World(self.random, nodes, tuple(names[:start]), self._quorum(start, calm), founded,
                           tracing)
        self.lost_disk = False
        self.abandoned = False
        self.last_power_on = 0.0

    def _quorum(self, servers: int, calm: bool) -> Union[str, int]:
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
        self._power_on_all(8.0)
        if not self.calm:
            self._plan_faults()
            world.run(self.end, lambda: False, 1e9)
            self._peace()
        world.run(world.now + PEACE, self._all_settled, 5.0)
        self._last_judgement()
        formed = None
        if self.calm and not world.judge.violations and self._all_settled():
            formed = max(one.answering for one in world.machines if one.on) - self.last_power_on
        return Result(self.seed, tuple(world.judge.violations), frozenset(world.judge.exceptions), formed,
                      world.sequence, tuple(world.lines))

    # Faults.

    def _power_on_all(self, within: float) -> None:
        for machine in self.world.machines:
            delay = within * self.random.random()
            self.last_power_on = max(self.last_power_on, self.world.now + delay)
            self.world.later(delay, _call, machine.power_on, None)

    def _plan_faults(self) -> None:
        random = self.random.random
        self.end = 15.0 + 120.0 * random()
        if random() < 0.5:
            network = self.world.network
            network.loss, network.slow, network.twice = 0.5 * random() ** 2, 0.2 * random() ** 2, 0.2 * random() ** 2
        self.world.wiretap = random() < 0.1
        kinds = [FAULTS[int(random() * len(FAULTS))] for _ in range(1 + int(3 * random()))]
        for _ in range(1 + int(9 * random() ** 1.5)):
            kind = kinds[int(random() * len(kinds))] if random() < 0.7 else FAULTS[int(random() * len(FAULTS))]
            self.world.later(self.end * random(), kind, self, None)

    def some_machine(self) -> Machine:
        machines = self.world.machines
        return machines[int(self.random.random() * len(machines))]

    def _peace(self) -> None:
        """Everything that can be mended is; what was lost stays lost."""
        world = self.world
        world.trace('peace')
        world.network.heal(world.now)
        world.wiretap = False
        world.rogues = []
        for machine in world.machines:
            machine.crash_in = -1
            if machine.on and machine.state is None:
                machine.start_agent()
            if machine.on and machine.disk.seed != world.operator.current and self.random.random() < 0.7:
                machine.power_off()
        self._power_on_all(10.0)
        if self.random.random() < 0.5:
            for delay in (120.0, 150.0):
                self.world.later(delay, _abandon, self, None)

    # Judgement.

    def _all_settled(self) -> bool:
        return all(one.is_settled() for one in self.world.machines if one.on)

    def _last_judgement(self) -> None:
        """Whoever is on has joined, or says why not; and where nothing was lost, all have joined."""
        world = self.world
        left = [one for one in world.machines if one.on and not one.is_settled()]
        for one in left:
            if not one.said:
                world.judge.violation('%s waits and does not say why (%s)', one.name, one.reason())
        if left and self._must_form():
            world.judge.violation('no cluster of all after %.0f s of peace: %s', PEACE, '; '.join(
                '%s: %s' % (one.name, one.reason()) for one in left))
        self._no_old_epoch()

    def _must_form(self) -> bool:
        """Whether nothing in this history can keep anybody from joining."""
        world = self.world
        operator = world.operator
        return (
            not self.lost_disk and not self.abandoned and not world.judge.exceptions
            and not any(one.founded for one in operator.all) and not operator.lied
            and len({one.epoch for one in operator.all}) == 1
            and all(one.on for one in world.machines if one.name in operator.current.servers)
            and all(self._all_there(one.servers) for one in operator.all))

    def _all_there(self, servers: Tuple[str, ...]) -> bool:
        return all(self.world.machines[int(name[1:]) - 1].on for name in servers)

    def _no_old_epoch(self) -> None:
        """Whoever was told of a later epoch has stopped."""
        judge = self.world.judge
        for machine in self.world.machines:
            cluster = machine.disk.cluster
            if machine.on and machine.k3s and cluster is not None and machine.told > cluster.epoch:
                judge.violation('%s still runs epoch %d, told of epoch %d', machine.name, cluster.epoch,
                                machine.told)


def _call(what: Callable[[], None], _: None) -> None:
    what()


def _abandon(history: History, _: None) -> None:
    for machine in history.world.machines:
        if machine.said and 'abandon-founder' in machine.said:
            history.abandoned = True
            machine.abandon()


# Each fault: what it does now, and what it plans.


def crash(history: History, _: None) -> None:
    machine = history.some_machine()
    machine.power_off()
    history.world.later(60.0 * history.random.random() ** 2, _call, machine.power_on, None)


def crash_within_step(history: History, _: None) -> None:
    """The power goes between two effects, such as a vote written and not yet sent."""
    machine = history.some_machine()
    machine.crash_in = int(6 * history.random.random())
    history.world.later(5.0 + 40.0 * history.random.random(), _call, machine.power_on, None)


def restart_agent(history: History, _: None) -> None:
    machine = history.some_machine()
    if machine.on:
        machine.stop_agent()
        machine.start_agent()


def power_cut(history: History, _: None) -> None:
    for machine in history.world.machines:
        machine.power_off()
    history._power_on_all(40.0)


def lose_disk(history: History, _: None) -> None:
    """A new, blank disk under the old name; the old one may come back one day."""
    machine = history.some_machine()
    _blank(history, machine)


def lose_disks(history: History, _: None) -> None:
    """Several at once, as a wiped rack; whoever kept its disk may be late."""
    for machine in history.world.machines:
        if history.random.random() < 0.6:
            _blank(history, machine)
        elif history.random.random() < 0.7:
            machine.power_off()
            history.world.later(100.0 * history.random.random(), _call, machine.power_on, None)


def _blank(history: History, machine: Machine) -> None:
    machine.power_off()
    history.world.trace('%s gets a blank disk', machine.name)
    if machine.spare is None and history.random.random() < 0.5:
        machine.spare = machine.disk
    machine.disk = history.world.new_disk()
    history.lost_disk = True
    history.world.later(20.0 * history.random.random(), _call, machine.power_on, None)


def swap_disk(history: History, _: None) -> None:
    """An old disk comes back into its machine."""
    machine = history.some_machine()
    if machine.spare is None:
        return
    machine.power_off()
    history.world.trace('%s gets its old disk back', machine.name)
    machine.disk, machine.spare = machine.spare, machine.disk
    history.world.later(10.0 * history.random.random(), _call, machine.power_on, None)


def partition(history: History, _: None) -> None:
    """Two sides; for UDP alone, or for all; one way, or both."""
    random = history.random.random
    count = len(history.world.machines)
    side = [random() < 0.5 for _ in range(count + 1)]
    one_way = random() < 0.3
    pairs = frozenset(
        (a, b) for a in range(1, count + 1) for b in range(1, count + 1)
        if side[a] != side[b] and (side[a] or not one_way))
    history.world.network.cut(pairs, random() < 0.7, history.world.now)
    history.world.trace('cut %s', sorted(pairs))
    if random() < 0.6:
        history.world.later(40.0 * random(), _mend, history, None)


def _mend(history: History, _: None) -> None:
    network = history.world.network
    network.udp_cut, network.tcp_cut = set(), set()
    network.changed = history.world.now
    history.world.trace('cut mended')


def jump_clock(history: History, _: None) -> None:
    """Suspended, or a clock that is no good."""
    machine = history.some_machine()
    machine.skew += 200.0 * (history.random.random() - 0.3)
    machine.jumped = True
    if machine.state is not None:
        history.world.later(0.1, machine.feed, machine.life, ())


def grow(history: History, _: None) -> None:
    operator = history.world.operator
    others = [one.name for one in history.world.machines if one.name not in operator.current.servers]
    if others:
        take = 1 + int(history.random.random() * len(others))
        operator.change(servers=operator.current.servers + tuple(others[:take]))
        _reboot_some(history)


def shrink(history: History, _: None) -> None:
    """`removed: true` for one; its machine is switched off for good."""
    operator = history.world.operator
    servers = operator.current.servers
    if len(servers) > 1:
        gone = servers[int(history.random.random() * len(servers))]
        operator.change(servers=tuple(name for name in servers if name != gone))
        _reboot_some(history)


def reorder(history: History, _: None) -> None:
    servers = list(history.world.operator.current.servers)
    history.random.shuffle(servers)
    history.world.operator.change(servers=tuple(servers))
    _reboot_some(history)


def change_quorum(history: History, _: None) -> None:
    operator = history.world.operator
    operator.change(quorum=history._quorum(len(operator.current.servers), False))
    _reboot_some(history)


def raise_epoch(history: History, _: None) -> None:
    """The operator wills a new cluster; some names may be given up."""
    operator = history.world.operator
    abandon = frozenset(name for name in operator.current.servers if history.random.random() < 0.2)
    operator.change(epoch=operator.current.epoch + 1, founded=False, abandon=abandon)
    _reboot_some(history)


def close_latch(history: History, _: None) -> None:
    history.world.operator.change(founded=True)
    _reboot_some(history)


def open_latch(history: History, _: None) -> None:
    history.world.operator.change(founded=False)
    _reboot_some(history)


def never_booted(history: History, _: None) -> None:
    if history.random.random() < 0.1:
        history.world.operator.say_never_booted()
        _reboot_some(history)


def _reboot_some(history: History) -> None:
    for machine in history.world.machines:
        if history.random.random() < 0.6:
            machine.power_off()
            history.world.later(15.0 * history.random.random(), _call, machine.power_on, None)


def rogue(history: History, _: None) -> None:
    """A stranger's server: at an address of ours, or elsewhere in the subnet."""
    world = history.world
    off = [one.address for one in world.machines if not one.on]
    world.rogues.append(off[0] if off and history.random.random() < 0.5 else '10.0.0.250')


def remove_node(history: History, _: None) -> None:
    """Somebody deletes a Node object while its machine runs: a tombstone."""
    world = history.world
    for machine in world.machines:
        cluster = machine.served()
        if cluster is not None and len(cluster.members) > 1 and world.has_quorum(machine, cluster):
            world.drop_member(cluster, list(cluster.members)[int(history.random.random() * len(cluster.members))])
            return


def forge(history: History, _: None) -> None:
    """An attacker without the key answers for everybody, and repeats what it heard."""
    world = history.world
    world.wiretap = True
    for _turn in range(20):
        world.later(15.0 * history.random.random(), _forge_one, history, None)


def _forge_one(history: History, _: None) -> None:
    world = history.world
    victim = history.some_machine()
    state = victim.state
    if state is None:
        return
    if world.overheard and history.random.random() < 0.5:
        message, address = world.overheard[int(history.random.random() * len(world.overheard))]
        world.later(0.001, world.arrive, victim, (message, address))
    forged = [one for one in world.machines if one is not victim]
    for other in forged:
        for message in _lies(victim, other, history.random):
            world.later(0.001 * history.random.random(), world.arrive_forged, victim, (message, other.address))


def _lies(victim: Machine, other: Machine, random: Random) -> List[Message]:
    """Whatever would make the victim found, as if from another machine."""
    state = victim.state
    assert state is not None
    bodies: List[Union[Hello, Promise, Voted, Prepare]] = [Hello(
        victim.epoch(), 'blank', 1, False, False, None, (victim.name, victim.disk.uuid),
        ((victim.disk.uuid, state.incarnation),))]
    if state.round is not None:
        bodies.append(Promise(victim.epoch(), state.round.ballot, None))
        bodies.append(Voted(victim.epoch(), state.round.ballot))
    return [
        Message(other.name, other.disk.uuid, '%016x' % random.getrandbits(64), 1 + index, body)
        for index, body in enumerate(bodies)]


def no_shim(history: History, _: None) -> None:
    history.world.shim = not history.world.shim


def wish_abandon(history: History, _: None) -> None:
    """Somebody believes that the founder is gone for good."""
    _abandon(history, None)


Fault = Callable[[History, None], None]
FAULTS: Tuple[Fault, ...] = (
    crash, crash, crash, crash_within_step, crash_within_step, restart_agent, power_cut, lose_disk,
    lose_disk, lose_disks, swap_disk, partition, partition, partition, jump_clock, grow, grow, shrink,
    reorder, change_quorum, raise_epoch, close_latch, open_latch, never_booted, rogue, remove_node,
    forge, no_shim, wish_abandon,
)


def simulate(seed: int, nodes: int, tracing: bool = False, calm: bool = False) -> Result:
    """Runs one history."""
    return History(seed, nodes, tracing, calm).run()
