"""What a stranger on the network without the key does, and an agent that has been taken over with its own."""
from random import Random
from typing import List, Union

from join.messages import LARGEST_EPOCH, Hello, Message, Prepare, Promise, Voted
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
        overheard = world.overheard[int(history.random.random() * len(world.overheard))]
        world.later(0.001, world.arrive, victim, overheard)
    forged = [one for one in world.machines if one is not victim]
    for other in forged:
        for message in _lies(victim, other, history.random):
            world.later(0.001 * history.random.random(), world.arrive_forged, victim, (message, other.address))


def take_over(history: History, _: None) -> None:
    """Somebody has taken an agent over and speaks for everybody under that agent's key: one of ours, or one that is no
    machine of this history. What happens to the agent's own machine does not matter."""
    agents = sorted(history.world.operator.agents)
    name = agents[0] if agents and history.random.random() < 0.5 else 'w9'
    lie = _vote_as_agent if history.random.random() < 0.5 else _frighten_as_agent
    for _turn in range(20):
        history.world.later(15.0 * history.random.random(), lie, history, name)


def _vote_as_agent(history: History, name: str) -> None:
    """Whatever makes a server found."""
    world, victim = history.world, history.some_machine()
    if victim.state is None or victim.agent == name:
        return
    for other in world.machines:
        if other is not victim:
            for message in _lies(victim, other, history.random):
                world.later(0.001 * history.random.random(), world.arrive, victim, (message, other.address, name))


def _frighten_as_agent(history: History, name: str) -> None:
    """Whatever keeps a server from founding, or makes a member stop: that a later cluster exists."""
    world, victim = history.world, history.some_machine()
    if victim.state is None or victim.agent == name:
        return
    hello = _hello_of(victim)
    for body in (hello._replace(standing='agent', founded=(victim.epoch() + 1, 'e' * 64)),
                 hello._replace(standing='member', founded=(LARGEST_EPOCH, None))):
        incarnation = '%016x' % history.random.getrandbits(64)
        world.arrive(victim, (Message(name, 'u9', incarnation, 1, body), '10.0.0.249', name))


def false_genesis(history: History, _: None) -> None:
    """Somebody answers in Genesis' place: that a cluster exists, in any epoch."""
    for _turn in range(20):
        history.world.later(15.0 * history.random.random(), _forge_latch, history, None)


def _forge_latch(history: History, _: None) -> None:
    victim = history.some_machine()
    epochs = (0, victim.epoch(), LARGEST_EPOCH, 2 ** 53 - 1)
    victim.hear_forged_latch(victim.life, epochs[int(history.random.random() * len(epochs))])


def _hello_of(victim: Machine) -> Hello:
    """Of somebody who has always been there and votes for the victim."""
    assert victim.state is not None
    return Hello(
        victim.epoch(), 'blank', 1, False, False, None, (victim.name, victim.disk.uuid),
        ((victim.disk.uuid, victim.state.incarnation),))


def _lies(victim: Machine, other: Machine, random: Random) -> List[Message]:
    """Anything that would make the victim found, as if from another machine."""
    state = victim.state
    assert state is not None
    bodies: List[Union[Hello, Promise, Voted, Prepare]] = [_hello_of(victim)]
    if state.round is not None:
        bodies.append(Promise(victim.epoch(), state.round.ballot, None))
        bodies.append(Voted(victim.epoch(), state.round.ballot))
    return [
        Message(other.name, other.disk.uuid, '%016x' % random.getrandbits(64), 1 + index, body)
        for index, body in enumerate(bodies)]
