"""What a stranger on the network without the key does."""
from random import Random
from typing import List, Union

from join.messages import Hello, Message, Prepare, Promise, Voted
from simulate.history import History
from simulate.machine import Machine


def rogue(history: History, _: None) -> None:
    """A stranger's server: at an address of ours, or elsewhere in the subnet."""
    world = history.world
    off = [one.address for one in world.machines if not one.on]
    world.rogues.append(off[0] if off and history.random.random() < 0.5 else '10.0.0.250')


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
    """Anything that would make the victim found, as if from another machine."""
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
