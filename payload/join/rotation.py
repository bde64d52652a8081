"""Taking a newer set of secrets into use, one server after the other, each while all others are up.

Genesis has given the set to each node (enroll/), and whoever has it hears under its key, too. Servers tell each other
which sets they have. A server's turn comes when every other server, of the inventory and of etcd, has the new set and
is up, and those whose names sort before its own use it already: so no two restart at once, and one that is off makes
the others wait, which harms nobody. An agent's turn comes when all servers that it hears use it.
"""
from typing import List, Optional, Tuple

from join.messages import Message, Using
from join.model import State
from join.others import HeardUsing
from join.outputs import TakeStaged
from join.peers import NO_NEWS, make_hello
from join.timing import ALIVE
from join.turn import Turn
from join.waiting import refused_by_all

TAKE_FAILED = 'the new secrets could not be taken into use (see the notes); this is tried again at the next start'


def hear(turn: Turn, message: Message, body: Using, address: str) -> Optional[object]:
    """Takes in what a server says of its secrets, if it hears this start of the agent: older messages may be
    replayed."""
    state = turn.state
    if (state.uuid, state.incarnation) not in body.hears:
        return NO_NEWS
    before = state.using.get(message.uuid)
    state.using[message.uuid] = HeardUsing(message.name, turn.now, body)
    is_news = before is None or before.said[:-1] != body[:-1] or turn.now - before.heard > ALIVE
    return None if is_news else NO_NEWS


def using(state: State, hears: Tuple[Tuple[str, str], ...]) -> Using:
    """What this server says of its own."""
    assert state.sets is not None
    return Using(state.sets.used, state.sets.staged, is_up(state), hears)


def is_up(state: State) -> bool:
    """Its API server too: etcd answers before, and if the next one went then, none might serve."""
    return state.k3s == 'up' and len(state.etcd) > 0 and state.serves


def tell_servers(turn: Turn) -> None:
    """With each hello to all."""
    state = turn.state
    if state.sets is not None and state.config.role != 'agent':
        turn.send(using(state, make_hello(state, turn.now).hears))


def rotate(turn: Turn) -> None:
    """Takes the staged set, or notes why not yet."""
    state = turn.state
    if state.sets is None or state.sets.staged is None or state.taking:
        state.rotation = ''
        return
    staged = state.sets.staged
    what = agents_hindrance if state.config.role == 'agent' else servers_hindrance
    state.rotation = what(state, staged, turn.now)
    if state.rotation:
        return
    turn.out.append(TakeStaged(staged))
    state.taking = True
    state.k3s = 'stopping'
    state.reason = 'k3s is restarted with new secrets'


def servers_hindrance(state: State, staged: str, now: float) -> str:
    """Why this server does not use the staged set yet; empty if it can."""
    if state.take_failed:
        return TAKE_FAILED
    for name in others(state):
        said = heard_of(state, name, now)
        if not said:
            return 'waits for %s, which is not heard from' % name
        if any(staged not in (one.set, one.staged) for one in said):
            return 'waits for %s, which does not have the new secrets yet' % name
        if not all(one.up for one in said):
            return 'waits for %s, whose k3s is not ready' % name
    # Only now: those whose turn comes first may be waiting for the same server as we are.
    for name in others(state):
        if name < state.config.name and any(one.set != staged for one in heard_of(state, name, now)):
            return 'waits for %s, whose turn comes first' % name
    if not is_up(state):
        return "waits for this node's own k3s to be ready"
    amiss = [one.name for one in state.etcd if one.learner or not one.reachable]
    return 'waits for %s, which etcd does not reach or is just adding' % ', '.join(amiss) if amiss else ''


def others(state: State) -> List[str]:
    """Names of all other servers, in the order of their turns."""
    names = {name for name, _ in state.config.servers} | {one.name for one in state.etcd}
    return sorted(names - {state.config.name})


def heard_of(state: State, name: str, now: float) -> List[Using]:
    """What servers of that name have lately said: several, if an old disk has come back."""
    return [one.said for one in state.using.values() if one.name == name and now - one.heard <= ALIVE]


def agents_hindrance(state: State, staged: str, now: float) -> str:
    """The same for an agent, which is in no hurry while any server takes its token."""
    if state.take_failed:
        return TAKE_FAILED
    if state.k3s == 'off' and refused_by_all(state):
        return ''
    alive = [one for one in state.using.values() if now - one.heard <= ALIVE]
    if not alive:
        return 'waits to hear which secrets the servers use'
    old = sorted(one.name for one in alive if one.said.set != staged)
    return 'waits for %s to use the new secrets' % ', '.join(old) if old else ''
