"""Why a node waits: one sentence for people (rule 6), and what prevents founding (rule 3)."""
from join.knowledge import (
    closed_latch, data_epoch, enough, epoch_of, is_alive, known_cluster, own_set, voters_seen,
    was_member,
)
from join.model import State
from join.others import Peer
from join.outputs import Say
from join.quorum import missing
from join.timing import NEVER, SAY_AFTER, SAY_AGAIN
from join.turn import Turn


def obstacle(state: State, now: float) -> str:
    """Why this node must not found, whoever else is online; empty: nothing prevents it."""
    return (
        no_founder(state, now) or told_of_cluster(state, now) or latch_closed(state, now)
        or later_epoch(state, now) or strange_server(state, now) or other_founder(state, now))


def no_founder(state: State, now: float) -> str:
    """This node never founds, or not with its history."""
    config = state.config
    if state.two_clusters is not None:
        return 'two clusters exist: members report different CAs (%s… is the other)' % (
            state.two_clusters[:12],)
    if state.unreadable is not None:
        return 'its votes cannot be trusted (%s), so it can only join' % state.unreadable
    if config.role == 'agent':
        return refused_by_all(state) or 'no verified server answers yet'
    if config.join_only:
        return 'the known server %s does not answer, and this node may only join that server' % (
            ' or '.join(config.hints),)
    if was_member(state):
        return 'it was a member before and has lost its data, so it can only join; no server answers'
    if state.votes.joiner_of >= epoch_of(state):
        return 'its disk was set up after the cluster was founded, so it can only join; no server answers'
    return ''


def refused_by_all(state: State) -> str:
    """What to do where servers of ours answer this agent and none takes its token; empty: that is not so."""
    refusing = [server.address for server in state.servers if server.refuses]
    if not refusing:
        return ''
    return (
        "%s refused this agent's token, and no other server answers: a node gets to know the agents' own token by a"
        ' network boot; reboot from the network the servers and agents that have not had one since that token exists'
        % ', '.join(refusing))


def told_of_cluster(state: State, now: float) -> str:
    """Rule 3: somebody holds data of this epoch or a later one."""
    epoch = epoch_of(state)
    if data_epoch(state) >= epoch:
        holders = sorted(peer.name for peer in state.peers.values() if holds(peer, epoch))
        return 'a cluster was founded; waiting for one of its servers to answer (%s)' % (
            ', '.join(holders) or 'no member heard from yet',)
    for peer in state.peers.values():
        if holds(peer, epoch):
            return '%s has data of a cluster; waiting for its server to answer' % peer.name
        if peer.hello.standing == 'founding' and is_alive(peer, now):
            return '%s is founding the cluster; waiting for its server to answer' % peer.name
    return ''


def holds(peer: Peer, epoch: int) -> bool:
    """Whether a peer says that it has data of this epoch or a later one."""
    hello = peer.hello
    if hello.standing != 'member':
        return False
    if hello.votes_from > 0:
        return hello.votes_from > epoch
    return hello.founded is None or hello.founded[0] >= epoch


def latch_closed(state: State, now: float) -> str:
    if closed_latch(state) < epoch_of(state):
        return ''
    return (
        'the inventory or Genesis says that the cluster is founded; waiting for one of its servers to answer'
        " (if there is none, set a new 'epoch' under cluster.founding)"
    )


def later_epoch(state: State, now: float) -> str:
    if state.votes.epoch <= epoch_of(state):
        return ''
    return 'others are founding epoch %d, but this node was booted for epoch %d; reboot it' % (
        state.votes.epoch, epoch_of(state))


def strange_server(state: State, now: float) -> str:
    """A server at an address of ours that cannot prove that it is ours."""
    for server in state.servers:
        if server.expected and not server.verified:
            return '%s answers on port 6443 but is not a verified server of this cluster; stop it, or wait' % (
                server.address,)
    return ''


def other_founder(state: State, now: float) -> str:
    chosen = state.chosen
    if chosen is None or chosen.uuid == state.uuid:
        return ''
    return (
        '%s was chosen to found the cluster and has not done so yet; if it will never come back with this'
        ' disk (STATE %s), run homepbp abandon-founder' % (chosen.name, chosen.uuid[:8]))


def no_quorum(state: State, now: float) -> str:
    """Who is missing; empty if enough servers see each other."""
    seen = voters_seen(state, now)
    if enough(state, seen):
        return ''
    config = state.config
    lacking = missing(seen, config.sets, own_set(state), config.quorum)
    if not lacking:
        return 'its inventory lists no servers'
    there, need, absent = lacking[0]
    return 'sees %d of the %d servers needed to found the cluster; waiting for %d of: %s' % (
        there, need, need - there, ', '.join(absent))


def no_etcd(state: State) -> str:
    """k3s runs without its etcd: a member without its majority, as far as anybody can tell."""
    if state.config.role == 'agent':
        return 'k3s is running, but its kubelet does not answer'
    known = [] if state.member is None else [name for name, _ in state.member.roster]
    return (
        'k3s is running, but its etcd does not answer: it needs a majority of its members (known: %s); if'
        ' their disks are lost for good, run homepbp rescue' % (', '.join(known) or 'none'))


def ended_early(state: State) -> str:
    """How a sentence about k3s ends if it has exited twice before it was up, or had to be stopped."""
    journal = 'see journalctl -u %s' % ('k3s-agent' if state.config.role == 'agent' else 'k3s')
    if state.failures > 1:
        return ', but it keeps exiting before it is ready (%s)' % journal
    if state.overdue:
        return ' again: last time it never became ready (%s)' % journal
    return ''


def superseded(state: State) -> str:
    """A member of an epoch that is over: a later one has been founded."""
    epoch = known_cluster(state)[0]
    if state.member is None or epoch <= state.member.epoch or not (state.wal or state.k3s != 'off'):
        return ''
    return (
        'a new cluster was founded (epoch %d); k3s stays off here and its data of epoch %d is kept:'
        " wipe this node (set a new 'wipe' token) to let it join" % (epoch, state.member.epoch))


def outrun(state: State) -> str:
    """A founder learns that its epoch was already founded while its own cluster is still starting: its voters
    had lost the disks that knew, and one that comes late still knows."""
    founded = state.votes.founded
    if state.k3s != 'starting' or state.k3s_how != 'init' or founded is None:
        return ''
    if founded.epoch < epoch_of(state):
        return ''
    return (
        'a cluster (epoch %d) was founded while this node was founding its own; stopping, to join that one'
        % founded.epoch)


def say_reason(turn: Turn) -> None:
    """Tells people after a while, when it changes, and when it is over."""
    state = turn.state
    if not state.reason:
        state.waiting_since = NEVER
        if state.said:
            state.said = ''
            turn.out.append(Say(''))
        return
    if state.waiting_since == NEVER:
        state.waiting_since = turn.now
    due = state.waiting_since + SAY_AFTER
    if state.said == state.reason:
        due = max(due, state.said_at + SAY_AGAIN)
    elif state.said:
        due = max(due, state.said_at + SAY_AFTER)
    if turn.reached(due):
        state.said, state.said_at = state.reason, turn.now
        turn.wake_at(turn.now + SAY_AGAIN)
        turn.out.append(Say('%s: %s' % (state.config.name, state.reason)))
