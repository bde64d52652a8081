"""What happens to power, disks, clocks and cables: each of these now, and what it plans."""
from typing import List

from simulate.history import History
from simulate.machine import Machine, call


def crash(history: History, _: None) -> None:
    machine = history.some_machine()
    machine.power_off()
    history.world.later(60.0 * history.random.random() ** 2, call, machine.power_on, None)


def crash_within_step(history: History, _: None) -> None:
    """The power fails between two effects, such as a vote written and not yet sent."""
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
    history.power_on_all(40.0)


def dark_start(history: History, _: None) -> None:
    """The power fails, and comes back for some first and for the others much later."""
    for machine in history.world.machines:
        if history.random.random() < 0.85:
            machine.power_off()
        late = 30.0 * (history.random.random() < 0.4)
        history.world.later(late + 15.0 * history.random.random(), call, machine.power_on, None)


def lose_disk(history: History, _: None) -> None:
    """A new, blank disk under the old name; the old one may come back one day."""
    machine = history.some_machine()
    blank(history, machine)


def lose_disks(history: History, _: None) -> None:
    """Several at once, as a wiped rack; those that kept their disk may be late."""
    for machine in history.world.machines:
        if history.random.random() < 0.6:
            blank(history, machine)
        elif history.random.random() < 0.7:
            machine.power_off()
            history.world.later(100.0 * history.random.random(), call, machine.power_on, None)


def swap_disk(history: History, _: None) -> None:
    """An old disk comes back into its machine."""
    swap(history, history.some_machine())


def fill_disk(history: History, _: None) -> None:
    """Nothing can be made durable for a while; then the agent restarts."""
    machine = history.some_machine()
    machine.disk.full = True
    history.world.later(40.0 * history.random.random(), _make_room, history, machine)


def _make_room(history: History, machine: Machine) -> None:
    if machine.disk.full:
        machine.disk.full = False
        machine.power_off()
        machine.power_on()


def jump_clock(history: History, _: None) -> None:
    """Suspended, or with a wrong clock."""
    machine = history.some_machine()
    machine.skew += 200.0 * (history.random.random() - 0.3)
    machine.jumped = True
    if machine.state is not None:
        history.world.later(0.1, machine.feed, machine.life, ())


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
        history.world.later(40.0 * random(), end_cuts, history, None)


def flap(history: History, _: None) -> None:
    """Cut after cut: each lasts only seconds, so that every proposer meets another majority."""
    at = 0.0
    for _turn in range(6):
        at += 0.5 + 6.0 * history.random.random()
        history.world.later(at, _recut, history, None)


def _recut(history: History, _: None) -> None:
    if history.peaceful:
        return
    end_cuts(history, None)
    partition(history, None)


def end_cuts(history: History, _: None) -> None:
    history.world.network.end_cuts(history.world.now)
    history.world.links_changed()
    history.world.trace('cut healed')


def blank(history: History, machine: Machine) -> None:
    machine.power_off()
    history.world.trace('%s gets a blank disk', machine.name)
    if machine.spare is None and history.random.random() < 0.5:
        machine.spare = machine.disk
    machine.disk = history.world.new_disk()
    history.lost_disk = True
    history.world.later(20.0 * history.random.random(), call, machine.power_on, None)


def swap(history: History, machine: Machine) -> None:
    if machine.spare is None:
        return
    machine.power_off()
    history.world.trace('%s gets its old disk back', machine.name)
    machine.disk, machine.spare = machine.spare, machine.disk
    history.world.later(10.0 * history.random.random(), call, machine.power_on, None)


def restart(history: History, machines: List[Machine], share: float, within: float = 5.0) -> None:
    """Each of these with that probability, off for at most so many seconds."""
    for machine in machines:
        if history.random.random() < share:
            machine.power_off()
            history.world.later(within * history.random.random(), call, machine.power_on, None)


def restart_some(history: History, machines: List[Machine]) -> None:
    restart(history, machines, 0.8)
