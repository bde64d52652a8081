"""One seed, one history: what goes wrong and when, then peace, then what must be true."""
from random import Random
from typing import Callable, FrozenSet, List, NamedTuple, Optional, Tuple, Union

from join.knowledge import data_epoch, epoch_of
from join.messages import Hello, Message, Prepare, Promise, Voted
from simulate.machine import Machine, call
from simulate.world import World

PEACE = 400.0
"""Seconds after the last fault by which everybody has joined or says why not."""

WHOLE = 4
"""Each fourth seed is watched until all have joined; the others until all know of the founding, from
when on nobody may found any more: what is left is the same in all of them."""

WIRED = 50
"""In each so many-th seed all messages go through the real codec."""

STUCK = 90.0
"""Seconds of peace after which a history that cannot end well is not watched any longer."""


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

    def __init__(self, seed: int, nodes: int, tracing: bool, calm: bool = False,
                 flavour: 'Optional[Flavour]' = None) -> None:
        self.random = Random(seed)
        random = self.random.random
        calm = calm or random() < 0.1
        self.calm = calm
        self.seed = seed
        self.nodes = nodes
        self.flavour = FLAVOURS[int(random() * len(FLAVOURS))] if flavour is None else flavour
        start = nodes if calm or random() < self.flavour.whole else 1 + int(nodes * random() ** 2)
        names = ['n%d' % number for number in range(1, nodes + 1)]
        if not calm:
            self.random.shuffle(names)
        founded = not calm and random() < 0.03
        agents = frozenset(names[start:][:1] if random() < 0.3 else [])
        join_only = frozenset(names[:1] if not calm and random() < 0.03 else [])
        self.world = World(self.random, nodes, tuple(names[:start]), self._quorum(start, calm), founded,
                           tracing, agents, join_only, wired=seed % WIRED == 0)
        self.end = 0.0
        self.peaceful = False
        self.cut_short = False
        self.ambushes = 0
        self.peace_since = 0.0
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
        if not self.calm and self.random.random() < 0.4:
            self._hold_back()
        if not self.calm:
            self._plan_faults()
            world.run(self.end, lambda: False, 1e9)
            self._peace()
        self.peace_since = world.now
        world.run(world.now + PEACE, self._is_over, 5.0)
        if not self.cut_short:
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
            self.world.later(8.0 * random(), partition, self, None)
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
            kinds = faults if random() < 0.8 else FAULTS
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

    def others(self) -> List[str]:
        """Machines that are no servers yet."""
        current = self.world.operator.current
        return [one.name for one in self.world.machines
                if one.name not in current.servers and one.name not in current.agents]

    def _peace(self) -> None:
        """Everything that can be mended is; what was lost stays lost."""
        world = self.world
        world.trace('peace')
        self.peaceful = True
        world.network.heal(world.now)
        world.links_changed()
        world.wiretap = False
        world.hot = 0.0
        world.ambush = None
        world.rogues = []
        for machine in world.machines:
            machine.crash_in = -1
            if machine.disk.full:
                machine.disk.full = False
                machine.power_off()
            if machine.on and machine.state is None:
                machine.start_agent()
            if machine.on and machine.disk.seed != world.operator.current and self.random.random() < 0.7:
                machine.power_off()
        self._power_on_all(10.0)
        if self.random.random() < 0.5:
            for delay in (45.0, 60.0):
                self.world.later(delay, _abandon, self, None)

    # Judgement.

    def _is_over(self) -> bool:
        """All have joined; or, where that cannot be, all have long said why not."""
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
        """Whether all that are there know of a founding in their epoch."""
        states = [one.state for one in self.world.machines if one.on]
        return all(state is not None and data_epoch(state) >= epoch_of(state) for state in states)

    def _last_judgement(self) -> None:
        """Whoever is on has joined, or says why not; and where nothing was lost, all have joined."""
        world = self.world
        left = [one for one in world.machines if one.on and not one.is_settled()]
        for one in left:
            if not one.said:
                world.judge.stuck('%s waits and does not say why (%s)', one.name, one.reason())
        if left and self._must_form():
            world.judge.stuck('no cluster of all after %.0f s of peace: %s', PEACE, '; '.join(
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


def _abandon(history: History, _: None) -> None:
    for machine in history.world.machines:
        if machine.said and 'abandon-founder' in machine.said:
            history.abandoned = True
            machine.abandon()


# Each fault: what it does now, and what it plans.


def crash(history: History, _: None) -> None:
    machine = history.some_machine()
    machine.power_off()
    history.world.later(60.0 * history.random.random() ** 2, call, machine.power_on, None)


def crash_within_step(history: History, _: None) -> None:
    """The power goes between two effects, such as a vote written and not yet sent."""
    machine = history.some_machine()
    machine.crash_in = int(6 * history.random.random())
    history.world.later(5.0 + 40.0 * history.random.random(), call, machine.power_on, None)


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
            history.world.later(100.0 * history.random.random(), call, machine.power_on, None)


def _blank(history: History, machine: Machine) -> None:
    machine.power_off()
    history.world.trace('%s gets a blank disk', machine.name)
    if machine.spare is None and history.random.random() < 0.5:
        machine.spare = machine.disk
    machine.disk = history.world.new_disk()
    history.lost_disk = True
    history.world.later(20.0 * history.random.random(), call, machine.power_on, None)


def swap_disk(history: History, _: None) -> None:
    """An old disk comes back into its machine."""
    _swap(history, history.some_machine())


def partition(history: History, _: None) -> None:
    """Two sides, or single links; for UDP alone, or for all; one way, or both."""
    random = history.random.random
    count = len(history.world.machines)
    links = [(a, b) for a in range(1, count + 1) for b in range(1, count + 1) if a != b]
    if random() < 0.5:
        side = [random() < 0.5 for _ in range(count + 1)]
        cut = [(a, b) for a, b in links if side[a] != side[b]]
    else:
        share = random()
        chosen = {(a, b) for a, b in links if a < b and random() < share}
        cut = [(a, b) for a, b in links if (min(a, b), max(a, b)) in chosen]
    if random() < 0.2:
        cut = [(a, b) for a, b in cut if random() < 0.5]
    history.world.network.cut(frozenset(cut), random() < 0.7, history.world.now)
    history.world.links_changed()
    history.world.trace('cut %s', cut)
    if random() < 0.6:
        history.world.later(40.0 * random(), _mend, history, None)


def dark_start(history: History, _: None) -> None:
    """The power goes, and comes back for some first and for the others much later."""
    for machine in history.world.machines:
        if history.random.random() < 0.85:
            machine.power_off()
        late = 30.0 * (history.random.random() < 0.4)
        history.world.later(late + 15.0 * history.random.random(), call, machine.power_on, None)


def _mend(history: History, _: None) -> None:
    network = history.world.network
    network.udp_cut, network.tcp_cut = set(), set()
    network.changed = history.world.now
    history.world.links_changed()
    history.world.trace('cut mended')


def fill_disk(history: History, _: None) -> None:
    """Nothing can be made durable, for a while; then the agent starts again."""
    machine = history.some_machine()
    machine.disk.full = True
    history.world.later(40.0 * history.random.random(), _make_room, history, machine)


def _make_room(history: History, machine: Machine) -> None:
    if machine.disk.full:
        machine.disk.full = False
        machine.power_off()
        machine.power_on()


def rescue(history: History, _: None) -> None:
    """Somebody resets a cluster that has lost its majority for good."""
    history.world.rescue(history.some_machine())


def jump_clock(history: History, _: None) -> None:
    """Suspended, or a clock that is no good."""
    machine = history.some_machine()
    machine.skew += 200.0 * (history.random.random() - 0.3)
    machine.jumped = True
    if machine.state is not None:
        history.world.later(0.1, machine.feed, machine.life, ())


def grow(history: History, _: None) -> None:
    operator = history.world.operator
    others = history.others()
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
            history.world.later(15.0 * history.random.random(), call, machine.power_on, None)


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
        if cluster is None or cluster.voters() < 2 or not world.has_quorum(machine, cluster):
            continue
        names = [name for name in cluster.members if name != cluster.learner]
        world.drop_member(cluster, names[int(history.random.random() * len(names))])
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


def flap(history: History, _: None) -> None:
    """Cut after cut: each lasts only seconds, so that every proposer meets another majority."""
    at = 0.0
    for _turn in range(6):
        at += 0.5 + 6.0 * history.random.random()
        history.world.later(at, _recut, history, None)


def _recut(history: History, _: None) -> None:
    if history.peaceful:
        return
    _mend(history, None)
    partition(history, None)


def isolate(history: History, machine: Machine) -> None:
    """A founder is cut off, for a while; the others start again, or some of them do."""
    random = history.random.random
    if random() < 0.5:
        _mend(history, None)
    others = [one for one in history.world.machines if one is not machine]
    cut = [(machine.number, one.number) for one in others] + [(one.number, machine.number) for one in others]
    history.world.network.cut(frozenset(cut), random() < 0.8, history.world.now)
    history.world.links_changed()
    history.world.later(20.0 + 60.0 * random(), _mend, history, None)
    _restart(history, others, 0.6)


def darken(history: History, machine: Machine) -> None:
    """A founder loses its power, for a while; the others start again, or some of them do."""
    random = history.random.random
    machine.power_off()
    history.world.later(20.0 + 60.0 * random(), call, machine.power_on, None)
    _restart(history, [one for one in history.world.machines if one is not machine], 0.6)


def bridge(history: History, machine: Machine) -> None:
    """A founder keeps one neighbour at most, and loses it for another later."""
    world = history.world
    numbers = [one.number for one in world.machines if one is not machine]
    history.random.shuffle(numbers)
    middle = numbers[:len(numbers) // 2]
    far = numbers[len(numbers) // 2:]
    cut = [(machine.number, one) for one in far] + [(one, machine.number) for one in far]
    world.network.cut(frozenset(cut), history.random.random() < 0.5, world.now)
    world.later(3.0 * history.random.random(), _restart_some, history,
                [world.machines[one - 1] for one in middle])
    world.later(2.0 + 4.0 * history.random.random(), isolate, history, machine)


def halfway(history: History, machine: Machine) -> None:
    """The proposer reaches one other only, which loses its power in the middle of its answer; once the
    proposer has founded it is cut off, and that other one has all the rest to talk to."""
    random = history.random.random
    world = history.world
    others = [one for one in world.machines if one is not machine]
    history.random.shuffle(others)
    if not others:
        return
    far = [one.number for one in others[1:]]
    cut = [(machine.number, one) for one in far] + [(one, machine.number) for one in far]
    world.network.cut(frozenset(cut), False, world.now)
    others[0].crash_in = 1
    world.later(1.0 + 4.0 * random(), call, others[0].power_on, None)
    world.later(6.0 + 6.0 * random(), isolate, history, machine)


def blind(history: History, machine: Machine) -> None:
    """The founder gets a blank disk, and its old one perhaps comes back."""
    _blank(history, machine)
    if machine.spare is not None and history.random.random() < 0.7:
        history.world.later(40.0 * history.random.random(), _swap, history, machine)
    _restart(history, [one for one in history.world.machines if one is not machine], 0.3)


def wipe_others(history: History, machine: Machine) -> None:
    """The founder goes dark, and all others get blank disks, or all but one."""
    darken(history, machine)
    for other in history.world.machines:
        if other is not machine and history.random.random() < 0.8:
            _blank(history, other)


def latched_wipe(history: History, machine: Machine) -> None:
    """Genesis knows of the founding; all others get blank disks; and then Genesis is gone."""
    wipe_others(history, machine)
    history.world.later(3.0 + 10.0 * history.random.random(), _lose_shim, history, None)


def _lose_shim(history: History, _: None) -> None:
    history.world.shim = False
    _restart(history, history.world.machines, 0.8)


def overrule(history: History, machine: Machine) -> None:
    """The founder goes dark; the operator wills a new epoch, perhaps without it."""
    operator = history.world.operator
    machine.power_off()
    abandon = frozenset([machine.name] if history.random.random() < 0.6 else [])
    operator.change(epoch=operator.current.epoch + 1, founded=False, abandon=abandon)
    history.world.later(10.0 + 70.0 * history.random.random(), call, machine.power_on, None)
    _restart(history, [one for one in history.world.machines if one is not machine], 0.9)


def regroup(history: History, machine: Machine) -> None:
    """The founder goes dark; the inventory grows by all machines, which then start."""
    operator = history.world.operator
    machine.power_off()
    history.world.later(30.0 + 60.0 * history.random.random(), call, machine.power_on, None)
    operator.change(servers=operator.current.servers + tuple(history.others()))
    _restart(history, [one for one in history.world.machines if one is not machine], 1.0)


def _restart_some(history: History, machines: List[Machine]) -> None:
    _restart(history, machines, 0.8)


def _restart(history: History, machines: List[Machine], share: float) -> None:
    for machine in machines:
        if history.random.random() < share:
            machine.power_off()
            history.world.later(5.0 * history.random.random(), call, machine.power_on, None)


def _swap(history: History, machine: Machine) -> None:
    if machine.spare is None:
        return
    machine.power_off()
    history.world.trace('%s gets its old disk back', machine.name)
    machine.disk, machine.spare = machine.spare, machine.disk
    history.world.later(10.0 * history.random.random(), call, machine.power_on, None)


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


ELECTION = Flavour((crash, crash_within_step, restart_agent, fill_disk, dark_start, dark_start, flap, flap, partition, jump_clock),
                   8, 40.0, 0.7, 0.8, (isolate, darken, bridge, halfway, halfway))
DISKS = Flavour((lose_disk, lose_disk, lose_disks, swap_disk, power_cut, crash, partition, close_latch), 6, 60.0,
                0.4, 0.3, (blind, wipe_others, wipe_others, latched_wipe, isolate))
OPERATOR = Flavour((grow, grow, shrink, reorder, change_quorum, raise_epoch, raise_epoch, close_latch, open_latch,
                    never_booted, wish_abandon, partition, partition, crash), 8, 60.0, 0.5, 0.5, (overrule, overrule, regroup, regroup, isolate), whole=0.4)
CLUSTER = Flavour((rogue, remove_node, rescue, rescue, forge, forge, no_shim, power_cut, lose_disk, lose_disk, partition, crash), 7,
                  90.0, 0.2, 0.5, (isolate, darken, blind))
FLAVOURS = (ELECTION, ELECTION, DISKS, OPERATOR, OPERATOR, CLUSTER)
FAULTS: Tuple[Fault, ...] = tuple(dict.fromkeys(
    ELECTION.faults + DISKS.faults + OPERATOR.faults + CLUSTER.faults))


def simulate(
    seed: int, nodes: int, tracing: bool = False, calm: bool = False, flavour: Optional[Flavour] = None,
) -> Result:
    """Runs one history."""
    return History(seed, nodes, tracing, calm, flavour).run()
