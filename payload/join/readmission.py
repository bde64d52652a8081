"""Members remove a member that came back with another disk, so that it can join again."""
from typing import Optional

from join.knowledge import is_alive, is_two_way
from join.model import State
from join.others import EtcdMember, Peer
from join.outputs import RemoveMember
from join.quorum import majority
from join.timing import UNREACHED
from join.turn import Turn


def readmit(turn: Turn) -> None:
    """Removes at most one stale member; the online member with the lowest name does it."""
    state = turn.state
    if not goes_first(state, turn.now):
        return
    if not turn.reached(state.removed_at + UNREACHED):
        return
    for peer in state.peers.values():
        stale = stale_member(state, peer, turn.now)
        if stale is None:
            continue
        if turn.reached(state.unreached[stale.name] + UNREACHED) and can_spare(state, stale):
            state.removed_at = turn.now
            turn.out.append(RemoveMember(stale.name))
            return


def stale_member(state: State, peer: Peer, now: float) -> Optional[EtcdMember]:
    """The unreached etcd member whose place this peer takes: same name, another STATE."""
    if peer.hello.standing not in ('blank', 'former') or not is_two_way(peer, now):
        return None
    if not has_another_state(state, peer, now):
        return None
    for member in state.etcd:
        if member.name == peer.name and not member.reachable and member.name in state.unreached:
            return member
    return None


def has_another_state(state: State, peer: Peer, now: float) -> bool:
    """Whether the member of that name is known by another STATE, which has gone silent."""
    assert state.member is not None
    known = dict(state.member.roster).get(peer.name)
    if known is None or known == peer.uuid:
        return False
    old = state.peers.get(known)
    return old is None or not is_alive(old, now)


def can_spare(state: State, stale: EtcdMember) -> bool:
    """Whether the reachable voters are a majority before and after, and nobody is joining."""
    voters = [member for member in state.etcd if not member.learner]
    reached = [member for member in voters if member.reachable]
    if len(voters) != len(state.etcd):
        return stale.learner and len(reached) >= majority(len(voters))
    return len(reached) >= majority(len(voters)) and len(reached) >= majority(len(voters) - 1)


def goes_first(state: State, now: float) -> bool:
    """Whether no online member with a lower name could do it."""
    return not any(
        peer.name < state.config.name and peer.hello.standing == 'member' and is_two_way(peer, now)
        for peer in state.peers.values())
