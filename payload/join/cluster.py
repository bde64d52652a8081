"""While k3s runs, and when it ends: rule 1, what follows a founding or a join, eviction, new epochs."""
from typing import Optional

from join.inputs import K3sExited, K3sStatus
from join.knowledge import member_like
from join.model import Member, State
from join.outputs import CheckIn, KeepServer, SetDbAside, StartK3s, StopK3s
from join.overdue import expect
from join.roster import note_members
from join.scanning import forget_scan
from join.timing import ASIDE_LOST, NEVER, RESTART
from join.turn import Turn, persist_member
from join.waiting import ended_early, no_etcd, outrun, superseded


def start_member(turn: Turn) -> None:
    """Rule 1: the WAL decides. Only a later epoch keeps k3s off."""
    state = turn.state
    state.round = None
    state.eligible = False
    state.reason = superseded(state)
    if state.reason or not turn.reached(state.start_at):
        return
    if state.member is None:
        persist_member(turn, member_like(state, 'joined', None, state.config.epoch))
    assert state.member is not None
    turn.out.append(StartK3s('member', state.member.server, state.member.ca_hash))
    state.just_started = True
    state.k3s, state.k3s_how = 'starting', 'member'
    state.reason = no_etcd(state)
    if state.overdue:
        state.reason = 'k3s is joining%s; its etcd needs a majority of its members' % ended_early(state)


def stop_superseded(turn: Turn) -> None:
    """A member, or a future one, stops when it learns of a later epoch's cluster; a founder that is not up
    yet, when it learns of any. Their data stays."""
    state = turn.state
    reason = superseded(state) or outrun(state)
    if state.k3s != 'stopping' and state.config.role != 'agent' and reason:
        turn.out.append(StopK3s())
        state.k3s = 'stopping'
        state.reason = reason


def status(turn: Turn, report: K3sStatus) -> None:
    """What the k3s on this node reports. Ignored from a founder that is about to be stopped."""
    state = turn.state
    if state.k3s not in ('starting', 'up') or outrun(state):
        return
    state.etcd, state.serves = report.members, report.serves
    if report.etcd and state.ready_by != NEVER:
        expect(state, turn.now)
    _note_unreached(state, report, turn.now)
    if report.etcd and report.ca_hash is not None and not _is_learner(state, report):
        if state.k3s == 'starting':
            _is_up(turn, report.ca_hash)
        state.reason = ''
        _keep_server(turn)
    elif state.k3s == 'up':
        state.reason = no_etcd(state)
    note_members(turn)


def _note_unreached(state: State, report: K3sStatus, now: float) -> None:
    for member in report.members:
        if member.reachable:
            state.unreached.pop(member.name, None)
        else:
            state.unreached.setdefault(member.name, now)
    names = {member.name for member in report.members}
    for name in [name for name in state.unreached if name not in names]:
        del state.unreached[name]


def _is_learner(state: State, report: K3sStatus) -> bool:
    return any(member.learner and member.name == state.config.name for member in report.members)


def _is_up(turn: Turn, ca_hash: str) -> None:
    """From here on others may learn of this cluster, so the marker is written first."""
    state = turn.state
    state.k3s = 'up'
    state.last_words, state.overdue, state.ready_by = '', 0, NEVER
    if state.config.role == 'agent':
        turn.out.append(CheckIn('ready', 'joined as an agent'))
        return
    state.wal = True
    member = state.member
    assert member is not None
    founding = member.mode == 'founding'
    mode = {'founding': 'founder', 'joining': 'joined'}.get(member.mode, member.mode)
    persist_member(turn, member._replace(mode=mode, ca_hash=ca_hash))
    # Without cluster-init, and with secrets that are newer than those it was started with.
    turn.out.append(KeepServer(member.server, ca_hash))
    if founding:
        turn.out.append(CheckIn('founded', ca_hash))
    turn.out.append(CheckIn('ready', 'founded the cluster' if founding else 'member of the cluster'))


def _keep_server(turn: Turn) -> None:
    """Another member's address stays in `server:`, so that a tombstone leads to joining."""
    member: Optional[Member] = turn.state.member
    if member is None or turn.state.config.role == 'agent':
        return
    others = sorted(
        (one.name, one.address) for one in turn.state.etcd
        if one.address is not None and one.name != turn.state.config.name)
    if not others or member.server in [address for _, address in others]:
        return
    persist_member(turn, member._replace(server=others[0][1]))
    turn.out.append(KeepServer(others[0][1], member.ca_hash))


def exited(turn: Turn, report: K3sExited) -> None:
    """k3s exited: start over with what is on the disk now."""
    state = turn.state
    # It was stopped for other secrets, which it has not got: it goes on with its own.
    state.take_failed = state.take_failed or state.taking
    state.taking = False
    state.failures = state.failures + 1 if state.k3s == 'starting' else 1
    state.last_words, state.ready_by = report.words, NEVER
    pause = RESTART * (2 ** min(state.failures - 1, 3) + state.random.random())
    state.k3s = 'off'
    state.wal, state.tombstone = report.wal, report.tombstone
    state.start_at = turn.now + pause
    turn.wake_at(state.start_at)
    state.etcd, state.unreached = (), {}
    forget_scan(turn)
    if report.wal and (report.reason == 'evicted' or _was_unborn(state, report)):
        state.tombstone = True


def _was_unborn(state: State, report: K3sExited) -> bool:
    """Whether the data on the disk is of a founder that was overtaken: a cluster that was never up and
    never announced, so nobody misses it."""
    return report.reason == 'stopped' and state.k3s_how == 'init' and not superseded(state)


def set_aside(turn: Turn) -> None:
    """A former member moves its old data aside and joins again; the marker is written first, so that it
    never founds."""
    state = turn.state
    if state.aside_asked != NEVER:
        if not turn.reached(state.aside_asked + ASIDE_LOST):
            return
        state.reason = "k3s' old data could not be moved aside; retrying, then joining"
    member = state.member
    if member is None or member.mode in ('founding', 'joining'):
        epoch = member.epoch if member is not None else state.config.epoch
        ca_hash = member.ca_hash if member is not None else None
        persist_member(turn, member_like(state, 'joined', ca_hash, epoch))
    turn.out.append(SetDbAside())
    state.aside_asked = turn.now


def was_set_aside(turn: Turn) -> None:
    state = turn.state
    state.aside_asked = NEVER
    state.wal = state.tombstone = False
