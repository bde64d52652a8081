"""Rule 2: a verified server answers, join it; one node at a time."""
from typing import List

from join.knowledge import epoch_of, is_alive, member_like, trusted
from join.model import State
from join.others import Server
from join.outputs import StartK3s
from join.overdue import expect
from join.scanning import look_after
from join.timing import JOIN_HOLD, JOIN_TURN, NEVER, SCAN_FRESH
from join.turn import Turn, persist_member
from join.waiting import ended_early

UNHEALTHY = 'unhealthy cluster'
"""etcd's own words."""


def joinable(state: State) -> List[Server]:
    """Verified servers of our epoch or a later one, in the order in which they were found."""
    if not state.servers:
        return []
    epochs = trusted(state)
    return [server for server in state.servers
            if server.verified and epochs.get(server.ca_hash or '', 0) >= epoch_of(state)]


def join(turn: Turn) -> bool:
    """Joins, or waits for its turn; False: there is nothing to join."""
    state = turn.state
    servers = joinable(state)
    if not servers:
        state.join_at = NEVER
        return False
    state.round = None
    state.eligible = False
    state.reason = hindrance(state, servers, turn.now)
    if state.config.role != 'agent' and state.reason:
        state.join_at = NEVER
        return True
    if state.join_at == NEVER:
        state.join_at = turn.now + JOIN_TURN * (joiners_before(state, turn.now) + state.random.random())
    if not turn.reached(state.join_at) or not turn.reached(state.start_at):
        if ended_early(state):
            state.reason = 'k3s is joining the server %s%s' % (servers[0].address, tries(state))
        return True
    stale = any(server.learner for server in servers)
    if stale or turn.now - state.scanned > SCAN_FRESH or state.scanned > turn.now:
        look_after(turn, turn.now - 1.0 if stale else turn.now - SCAN_FRESH)
        return True
    start(turn, state.random.choice(servers) if state.config.role == 'agent' else servers[0])
    return True


def hindrance(state: State, servers: List[Server], now: float) -> str:
    """Why a server cannot join just yet."""
    member = state.member
    own = state.config.name
    if (member is None or member.mode != 'joining') and any(own in one.members for one in servers):
        return (
            'the cluster still lists %s with another disk; waiting for its members to remove that one'
            ' (to do it now, run homepbp forget %s on a member)' % (own, own))
    if any(server.learner for server in servers) and not has_joined(state):
        return 'waiting for another server to join'
    for peer in state.peers.values():
        if peer.hello.joining and is_alive(peer, now) and now - peer.joining_since < JOIN_HOLD:
            return 'waiting for %s to join' % peer.name
    return ''


def has_joined(state: State) -> bool:
    """Whether anybody has reported becoming a member since the scan that saw a learner."""
    return any(
        peer.hello.standing == 'member' and peer.news > state.scanned for peer in state.peers.values())


def joiners_before(state: State, now: float) -> int:
    """How many other joiners go first: those with lower names."""
    return sum(
        1 for peer in state.peers.values()
        if peer.name < state.config.name and is_alive(peer, now)
        and peer.hello.standing in ('blank', 'former'))


def start(turn: Turn, server: Server) -> None:
    state = turn.state
    epoch = trusted(state)[server.ca_hash or '']
    how = 'agent' if state.config.role == 'agent' else 'join'
    marker = member_like(state, 'joining', server.ca_hash, epoch)
    persist_member(turn, marker._replace(server=server.address))
    turn.out.append(StartK3s(how, server.address, server.ca_hash, server.takes_agents))
    state.just_started = True
    state.k3s, state.k3s_how = 'starting', how
    expect(state, turn.now)
    state.join_at = NEVER
    state.reason = 'k3s is joining the server %s%s%s' % (server.address, refused_elsewhere(state), tries(state))


def refused_elsewhere(state: State) -> str:
    """Which of our servers did not take this agent's token; empty: none."""
    refusing = [server.address for server in state.servers if server.refuses]
    if state.config.role != 'agent' or not refusing:
        return ''
    return "; %s refused this agent's token" % ', '.join(refusing)


def tries(state: State) -> str:
    """How earlier attempts ended, and what a person can do if etcd itself says what is wrong."""
    early = ended_early(state)
    if not early or UNHEALTHY not in state.last_words:
        return early
    return early + (
        '; etcd accepts no new members while one is unreachable: if that one is gone for good, run'
        ' homepbp forget NAME on a member')
