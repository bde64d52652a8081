"""The agent's logic: `begin` once, then `step` for whatever happens. See model.py."""
from random import Random
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from join import (
    agents, cluster, decree, founding, joining, orders, overdue, peers, readmission, rotation, scanning, waiting,
)
from join.inputs import (
    AbandonFounder, DbSetAside, Forget, Input, K3sExited, K3sStatus, Latch, PersistFailed, Received,
    Scanned, Tick,
)
from join.knowledge import closed_latch, epoch_of, holds_data
from join.messages import Accept, Hello, Prepare, Promise, Refuse, Servers, Using, Voted
from join.model import Facts, State, Votes
from join.outputs import Output, PersistVotes, SetTimer
from join.peers import NO_NEWS
from join.turn import Turn, persist_votes


def begin(facts: Facts, now: float, random: Optional[Random] = None) -> Tuple[State, List[Output]]:
    """The state at the start of the process, and what to do first. `random` replaces the one made from the
    seed."""
    fresh = facts.votes is None and facts.member is None and facts.unreadable is None
    unreadable = facts.unreadable
    if facts.votes is None and facts.member is not None and unreadable is None:
        unreadable = 'votes.json is gone although this node was a member'
    random = Random(facts.seed) if random is None else random
    state = State(
        facts.config, facts.uuid, facts.incarnation, random, facts.votes or Votes(), facts.member,
        facts.wal, facts.tombstone, unreadable, fresh, patience=2 * random.random(),
        hello_at=now + 0.5 * random.random(), sets=facts.sets)
    turn = Turn(state, now)
    if fresh:
        turn.out.append(PersistVotes(state.votes))
        born_under_latch(turn)
    if facts.k3s_running and facts.member is not None:
        state.k3s, state.k3s_how = 'starting', 'member'
        state.reason = waiting.no_etcd(state)
        if facts.member.mode == 'joining' and not facts.wal:
            overdue.expect(state, now)
    return _finish(turn)


def step(state: State, now: float, inputs: Sequence[Input]) -> Tuple[State, List[Output]]:
    """The state after these inputs, and what to do, in this order. Nothing at all if the inputs are not news:
    the timer that was set before is still valid."""
    turn = Turn(state, now)
    news = not inputs
    for item in inputs:
        if HANDLERS[type(item)](turn, item) is not NO_NEWS:
            news = True
    return _finish(turn) if news else (state, turn.out)


def _finish(turn: Turn) -> Tuple[State, List[Output]]:
    state = turn.state
    state.just_started = False
    act(turn)
    if peers.say_hello(turn):
        rotation.tell_servers(turn)
        agents.tell_agents(turn)
    waiting.say_reason(turn)
    turn.out.append(SetTimer(turn.wake))
    return state, turn.out


def act(turn: Turn) -> None:
    """The rules of design section 6, in their order."""
    state = turn.state
    if state.k3s != 'off':
        cluster.stop_superseded(turn)
        overdue.stop_overdue(turn)
        if state.k3s == 'up' and state.unreached and state.config.role != 'agent':
            readmission.readmit(turn)
    elif state.tombstone:
        cluster.set_aside(turn)
    elif holds_data(state):
        cluster.start_member(turn)
    else:
        scanning.look(turn)
        if not joining.join(turn):
            founding.found(turn)
    rotation.rotate(turn)


def received(turn: Turn, item: Received) -> Optional[object]:
    message = item.message
    if item.agent:
        # keyring.may_say lets nothing else through.
        assert isinstance(message.body, Hello)
        return agents.hear_agent(turn, item.agent, message, message.body, item.address)
    return BODIES[type(message.body)](turn, message, message.body, item.address)


def latch(turn: Turn, item: Latch) -> None:
    turn.state.latch = item.epoch
    born_under_latch(turn)


def born_under_latch(turn: Turn) -> None:
    """A STATE created while the latch is closed never votes in that epoch: whatever it knew may have been
    lost with the previous disk. Genesis' word on later epochs counts while it is heard, and is not kept: by its own
    seed this node cannot tell whether there is such an epoch."""
    state = turn.state
    own = epoch_of(state)
    if state.fresh and closed_latch(state) >= own > state.votes.joiner_of:
        persist_votes(turn, state.votes._replace(joiner_of=own))


def persist_failed(turn: Turn, item: PersistFailed) -> None:
    """What cannot be remembered must not be promised: no vote, no founding, until the next start."""
    state = turn.state
    state.unreadable = item.what
    state.round = None
    if state.just_started:
        state.k3s = 'off'
        state.start_at = turn.now + 60.0


HANDLERS: Dict[type, Callable[[Turn, Any], Optional[object]]] = {
    Tick: lambda turn, item: None,
    Received: received,
    Scanned: scanning.scanned,
    K3sStatus: cluster.status,
    K3sExited: cluster.exited,
    Latch: latch,
    DbSetAside: lambda turn, item: cluster.was_set_aside(turn),
    PersistFailed: persist_failed,
    AbandonFounder: lambda turn, item: orders.abandon_founder(turn),
    Forget: orders.forget,
}
BODIES: Dict[type, Callable[[Turn, Any, Any, str], Optional[object]]] = {
    Hello: peers.hear,
    Prepare: decree.prepare,
    Promise: decree.promised,
    Accept: decree.accept,
    Voted: decree.voted,
    Refuse: decree.refused,
    Servers: agents.hear_servers,
    Using: rotation.hear,
}
