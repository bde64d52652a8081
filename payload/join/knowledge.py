"""What follows from the state: which epoch, who may vote, what is known to exist."""
from functools import lru_cache
from typing import Dict, List, Optional, Tuple

from join.model import Member, State
from join.others import Peer
from join.quorum import is_quorum
from join.timing import ALIVE


def epoch_of(state: State) -> int:
    """The epoch that this node would found in: its seed's, or a later one it was raised to."""
    return max(state.config.epoch, state.votes.raised)


def holds_data(state: State) -> bool:
    return state.wal and not state.tombstone


def was_member(state: State) -> bool:
    """Whether this STATE ever belonged to a cluster that others may know of."""
    if state.tombstone:
        return True
    return state.member is not None and state.member.mode != 'founding'


def standing(state: State) -> str:
    """See Hello.standing."""
    if state.config.role == 'agent':
        return 'agent'
    if holds_data(state):
        return 'member'
    if was_member(state):
        return 'former'
    if state.k3s != 'off':
        return 'founding'
    return 'blank'


def known_cluster(state: State) -> Tuple[int, Optional[str]]:
    """(epoch, CA hash) of the newest cluster that is known to exist; epoch 0: none."""
    epoch, ca_hash = 0, None
    if state.votes.founded is not None:
        epoch, ca_hash = state.votes.founded
    member = state.member
    if member is not None and member.mode != 'founding':
        if member.epoch > epoch or (member.epoch == epoch and ca_hash is None):
            epoch, ca_hash = member.epoch, member.ca_hash
    return epoch, ca_hash


def data_epoch(state: State) -> int:
    """The newest epoch of which this node holds data, was a member, or knows a cluster."""
    epoch = known_cluster(state)[0]
    if holds_data(state) or state.tombstone:
        own = state.member.epoch if state.member is not None else state.config.epoch
        epoch = max(epoch, own)
    return epoch


def votes_from(state: State) -> int:
    """The lowest epoch that this node may vote in; 0: none at all."""
    config = state.config
    if state.unreadable is not None or config.role == 'agent' or config.join_only:
        return 0
    votes = state.votes
    return max(1, votes.epoch, votes.joiner_of + 1, data_epoch(state) + 1, closed_latch(state) + 1)


def closed_latch(state: State) -> int:
    """The newest epoch whose founding latch is closed; 0: none."""
    return max(state.latch, state.config.epoch if state.config.founded else 0)


def trusted(state: State) -> Dict[str, int]:
    """CA hash → epoch of the clusters that this node would join."""
    hashes: Dict[str, int] = {}
    if state.config.ca_hash is not None:
        hashes[state.config.ca_hash] = state.config.epoch
    epoch, ca_hash = known_cluster(state)
    if ca_hash is not None:
        hashes[ca_hash] = epoch
    return hashes


def is_alive(peer: Peer, now: float) -> bool:
    return now - peer.heard <= ALIVE


def is_two_way(peer: Peer, now: float) -> bool:
    """Whether both have recently heard each other, which neither a replay nor a one-way cable can fake."""
    return now - peer.two_way <= ALIVE


def voters_seen(state: State, now: float) -> List[str]:
    """Names of all that could vote in our epoch now, our own first where we can."""
    epoch = epoch_of(state)
    names = []
    if 0 < votes_from(state) <= epoch:
        names.append(state.config.name)
    for peer in state.peers.values():
        if is_two_way(peer, now) and 0 < peer.hello.votes_from <= epoch:
            names.append(peer.name)
    return names


def sees_quorum(state: State, now: float) -> bool:
    return enough(state, voters_seen(state, now))


def enough(state: State, names: List[str]) -> bool:
    """Whether these are a quorum of every published set."""
    config = state.config
    return is_quorum(names, config.sets, own_set(state), config.quorum)


def own_set(state: State) -> Tuple[str, ...]:
    return _names(state.config.servers)


@lru_cache(maxsize=16)
def _names(servers: Tuple[Tuple[str, Optional[str]], ...]) -> Tuple[str, ...]:
    return tuple(name for name, _ in servers)


def member_like(state: State, mode: str, ca_hash: Optional[str], epoch: int) -> Member:
    """The marker with another mode; what it remembers of others is kept."""
    old = state.member
    if old is None:
        return Member(epoch, mode, ca_hash)
    return old._replace(epoch=epoch, mode=mode, ca_hash=ca_hash)
