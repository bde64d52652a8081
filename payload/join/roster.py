"""Which STATE is which member of etcd, to recognize a member that comes back with another disk."""
from typing import Dict

from join.knowledge import is_alive, is_two_way
from join.model import State
from join.others import Peer
from join.turn import Turn, persist_member


def note_members(turn: Turn) -> None:
    """Remembers the STATE of each voter that our own etcd reaches, by what the peer of that name says.

    What it says is not enough: an old disk, too, holds data until its etcd finds out that it was removed.
    """
    state = turn.state
    member = state.member
    if member is None or member.mode == 'founding' or not state.etcd:
        return
    reached = {one.name for one in state.etcd if one.reachable and not one.learner}
    roster = dict(member.roster)
    for peer in state.peers.values():
        if peer.name in reached and _is_fellow(state, peer, turn.now) and _is_free(state, roster, peer, turn.now):
            roster[peer.name] = peer.uuid
    if roster != dict(member.roster):
        persist_member(turn, member._replace(roster=tuple(sorted(roster.items()))))


def _is_fellow(state: State, peer: Peer, now: float) -> bool:
    """Whether it is there and says that it holds data of our cluster."""
    assert state.member is not None
    hello = peer.hello
    cluster = (state.member.epoch, state.member.ca_hash)
    return hello.standing == 'member' and hello.founded == cluster and is_two_way(peer, now)


def _is_free(state: State, roster: Dict[str, str], peer: Peer, now: float) -> bool:
    """Whether its name is free, or belongs to a STATE that has gone silent."""
    known = state.peers.get(roster.get(peer.name, peer.uuid))
    return known is None or known is peer or not is_alive(known, now)
