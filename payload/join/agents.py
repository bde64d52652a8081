"""Agents that have keys of their own: a server hears them, answers them and passes on what it knows.

They are no peers: nothing that they say about a cluster, an epoch or a vote is taken in, and of who they claim to be
only the name counts, which their key proves.
"""
from typing import Optional, Tuple

from join.messages import Hello, Message, Servers
from join.model import State
from join.others import HeardAgent
from join.peers import ANSWER_AFTER, NO_NEWS, make_hello
from join.rotation import using
from join.timing import ALIVE, NEVER
from join.turn import Turn
from join.wire import MAX_SERVERS

MOST_AGENTS = 256


def hear_agent(turn: Turn, agent: str, message: Message, body: Hello, address: str) -> Optional[object]:
    """Remembers where it is, once it has shown that it hears us, too: anything else may be replayed from
    elsewhere. Answers until then."""
    state, now = turn.state, turn.now
    if state.config.role == 'agent':
        return NO_NEWS
    known = state.agents.get(agent) or _meet(state, agent, now)
    if known is None:
        return NO_NEWS
    if (state.uuid, state.incarnation) in body.hears:
        known.uuid, known.incarnation, known.address, known.heard = message.uuid, message.incarnation, address, now
    elif known.answered + ANSWER_AFTER <= now:
        known.answered = now
        turn.send(_hello_to(turn, message.uuid, message.incarnation), address, agent)
        return None
    return NO_NEWS


def _meet(state: State, agent: str, now: float) -> Optional[HeardAgent]:
    """Makes room for one more. None: there is none, as all that are remembered are there."""
    if len(state.agents) >= MOST_AGENTS:
        silent = [name for name, known in state.agents.items() if now - max(known.heard, known.answered) > ALIVE]
        if not silent:
            return None
        del state.agents[silent[0]]
    found = state.agents[agent] = HeardAgent()
    return found


def tell_agents(turn: Turn) -> None:
    """Sends what this server says to all to each agent that is there, too, under that agent's own key."""
    addresses = _server_addresses(turn.state)
    for name, known in turn.state.agents.items():
        if turn.now - known.heard <= ALIVE:
            turn.send(_hello_to(turn, known.uuid, known.incarnation), known.address, name)
            if turn.state.sets is not None:
                turn.send(using(turn.state, ((known.uuid, known.incarnation),)), known.address, name)
            if addresses:
                turn.send(Servers(addresses), known.address, name)


def _hello_to(turn: Turn, uuid: str, incarnation: str) -> Hello:
    """An agent needs to know that we hear it, not whom else."""
    return make_hello(turn.state, turn.now)._replace(hears=((uuid, incarnation),))


def _server_addresses(state: State) -> Tuple[str, ...]:
    """Of the members of etcd."""
    found = {one.address for one in state.etcd if one.address is not None and ':' not in one.address}
    return tuple(sorted(found))[:MAX_SERVERS]


def hear_servers(turn: Turn, message: Message, body: Servers, address: str) -> object:
    """An agent remembers them for its next scan."""
    if turn.state.config.role == 'agent':
        turn.state.told_servers = body.addresses
    return NO_NEWS
