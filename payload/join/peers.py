"""Hellos: who is there, what they are, and what they know."""

from typing import Optional

from join.knowledge import epoch_of, is_alive, is_two_way, known_cluster, standing, votes_from
from join.messages import Hello, Message
from join.model import Founded, State, Value
from join.others import Peer
from join.roster import note_members
from join.timing import HELLO_MEMBER, HELLO_NEWS, HELLO_WAITING, NEVER
from join.turn import Turn, persist_votes
from join.wire import MAX_HEARD

NO_NEWS = object()
ANSWER_AFTER = 1.0
"""Seconds between two answers to the same sender."""


def hear(turn: Turn, message: Message, body: Hello, address: str) -> Optional[object]:
    """Takes in a hello, unless a newer one of the same incarnation came first, or it is from another
    incarnation than the one that has proved to be live: it may be late or replayed. Our answer lets a
    peer that did restart prove it. NO_NEWS if a hello only says that its sender is still there."""
    state, now = turn.state, turn.now
    peer = state.peers.get(message.uuid)
    if peer is None:
        peer = Peer(message.name, message.uuid, message.incarnation, message.counter, body, address, now)
        state.peers[message.uuid] = peer
        old = None
    elif peer.incarnation != message.incarnation:
        if is_two_way(peer, now) and (state.uuid, state.incarnation) not in body.hears:
            _answer(turn, peer, address)
            learn_cluster(turn, body)
            return None
        peer.two_way = -NEVER
        old = None
        peer.incarnation, peer.counter = message.incarnation, message.counter
        peer.hello, peer.address, peer.heard = body, address, now
    elif peer.counter < message.counter:
        old = peer.hello if is_alive(peer, now) else None
        peer.counter = message.counter
        peer.hello, peer.address, peer.heard = body, address, now
    else:
        return NO_NEWS
    was_two_way = is_two_way(peer, now)
    if (state.uuid, state.incarnation) in body.hears:
        peer.two_way = now
    else:
        _answer(turn, peer, address)
    if old is not None and was_two_way == is_two_way(peer, now) and body[:-1] == old[:-1]:
        return NO_NEWS
    peer.news = now
    if not body.joining:
        peer.joining_since = NEVER
    elif peer.joining_since == NEVER:
        peer.joining_since = now
    learn_cluster(turn, body)
    learn_founder(turn, body)
    note_members(turn)
    return None


def _answer(turn: Turn, peer: Peer, address: str) -> None:
    """To that peer alone, which does not know of us yet. An answer names the incarnation."""
    if peer.hello.standing == 'agent' or peer.answered + ANSWER_AFTER > turn.now:
        return
    peer.answered = turn.now
    turn.send(make_hello(turn.state, turn.now), address)


def learn_cluster(turn: Turn, body: Hello) -> None:
    """That a cluster exists is remembered forever: from then on no vote in its epoch or before."""
    if body.founded is None:
        return
    state = turn.state
    epoch, ca_hash = body.founded
    known, known_hash = known_cluster(state)
    if epoch < known:
        return
    if epoch == known and known_hash is not None:
        if ca_hash not in (None, known_hash):
            state.two_clusters = ca_hash
        return
    if epoch > known or ca_hash is not None:
        persist_votes(turn, state.votes._replace(founded=Founded(epoch, ca_hash)))


def learn_founder(turn: Turn, body: Hello) -> None:
    """Who is chosen in our epoch."""
    state = turn.state
    if body.chosen is not None and body.epoch == epoch_of(state) and state.chosen is None:
        state.chosen = Value(*body.chosen)


def make_hello(state: State, now: float) -> Hello:
    epoch, ca_hash = known_cluster(state)
    # Agents last: there may be more than fit, and they found nothing.
    alive = sorted(
        (peer for peer in state.peers.values() if is_alive(peer, now)),
        key=lambda peer: peer.hello.standing == 'agent')
    hears = [(peer.uuid, peer.incarnation) for peer in alive]
    return Hello(
        epoch_of(state), standing(state), votes_from(state), state.eligible,
        state.k3s == 'starting' and state.k3s_how == 'join',
        (epoch, ca_hash) if epoch > 0 else None, state.chosen, tuple(hears[:MAX_HEARD]),
    )


def say_hello(turn: Turn) -> bool:
    """To all servers: when it is time, and soon when there is something new to tell. @returns whether it did"""
    state = turn.state
    soonest = state.hello_sent + HELLO_NEWS
    if state.hello_at > soonest and _has_news(state):
        state.hello_at = soonest
    if not turn.reached(state.hello_at):
        return False
    body = make_hello(state, turn.now)
    state.hello_body = body
    state.hello_sent = turn.now
    every = HELLO_MEMBER if state.k3s == 'up' else HELLO_WAITING
    state.hello_at = turn.now + every * (0.75 + 0.5 * state.random.random())
    turn.wake_at(state.hello_at)
    turn.send(body)
    return True


def _has_news(state: State) -> bool:
    told = state.hello_body
    if told is None:
        return True
    epoch, ca_hash = known_cluster(state)
    return (
        told.standing != standing(state)
        or told.founded != ((epoch, ca_hash) if epoch > 0 else None)
        or told.chosen != state.chosen
        or told.eligible != state.eligible
        or told.votes_from != votes_from(state)
        or told.joining != (state.k3s == 'starting' and state.k3s_how == 'join')
    )
