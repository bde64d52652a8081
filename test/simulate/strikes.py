"""What an adversary does to a founder at the moment that matters, and to the others."""
from simulate.accidents import blank, end_cuts, restart, restart_some, swap
from simulate.history import History
from simulate.machine import Machine, call
from simulate.network import both_ways


def isolate(history: History, machine: Machine) -> None:
    """A founder is cut off, for a while; the others start again, or some of them do."""
    random = history.random.random
    if random() < 0.5:
        end_cuts(history, None)
    others = [one for one in history.world.machines if one is not machine]
    cut = both_ways([machine.number], [one.number for one in others])
    history.world.network.cut(cut, random() < 0.8, history.world.now)
    history.world.links_changed()
    history.world.later(20.0 + 60.0 * random(), end_cuts, history, None)
    restart(history, others, 0.6)


def darken(history: History, machine: Machine) -> None:
    """A founder loses its power, for a while; the others start again, or some of them do."""
    random = history.random.random
    machine.power_off()
    history.world.later(20.0 + 60.0 * random(), call, machine.power_on, None)
    restart(history, [one for one in history.world.machines if one is not machine], 0.6)


def bridge(history: History, machine: Machine) -> None:
    """A founder keeps one neighbour at most, and loses it for another later."""
    world = history.world
    numbers = [one.number for one in world.machines if one is not machine]
    history.random.shuffle(numbers)
    middle = numbers[:len(numbers) // 2]
    far = numbers[len(numbers) // 2:]
    world.network.cut(both_ways([machine.number], far), history.random.random() < 0.5, world.now)
    world.later(3.0 * history.random.random(), restart_some, history,
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
    world.network.cut(both_ways([machine.number], far), False, world.now)
    others[0].crash_in = 1
    world.later(1.0 + 4.0 * random(), call, others[0].power_on, None)
    world.later(6.0 + 6.0 * random(), isolate, history, machine)


def blind(history: History, machine: Machine) -> None:
    """The founder gets a blank disk, and its old one perhaps comes back."""
    blank(history, machine)
    if machine.spare is not None and history.random.random() < 0.7:
        history.world.later(40.0 * history.random.random(), swap, history, machine)
    restart(history, [one for one in history.world.machines if one is not machine], 0.3)


def wipe_others(history: History, machine: Machine) -> None:
    """The founder goes dark, and all others get blank disks, or all but one."""
    darken(history, machine)
    for other in history.world.machines:
        if other is not machine and history.random.random() < 0.8:
            blank(history, other)


def latched_wipe(history: History, machine: Machine) -> None:
    """Genesis knows of the founding; all others get blank disks; and then Genesis is gone."""
    wipe_others(history, machine)
    history.world.later(3.0 + 10.0 * history.random.random(), _lose_shim, history, None)


def _lose_shim(history: History, _: None) -> None:
    history.world.shim = False
    restart(history, history.world.machines, 0.8)


def overrule(history: History, machine: Machine) -> None:
    """The founder goes dark; the operator wills a new epoch, perhaps without it."""
    operator = history.world.operator
    machine.power_off()
    abandon = frozenset([machine.name] if history.random.random() < 0.6 else [])
    operator.change(epoch=operator.current.epoch + 1, founded=False, abandon=abandon)
    history.world.later(10.0 + 70.0 * history.random.random(), call, machine.power_on, None)
    restart(history, [one for one in history.world.machines if one is not machine], 0.9)


def regroup(history: History, machine: Machine) -> None:
    """The founder goes dark; the inventory grows by all machines, which then start."""
    operator = history.world.operator
    machine.power_off()
    history.world.later(30.0 + 60.0 * history.random.random(), call, machine.power_on, None)
    operator.change(servers=operator.current.servers + tuple(history.others()))
    restart(history, [one for one in history.world.machines if one is not machine], 1.0)
