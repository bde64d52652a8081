"""Rules 4 and 5: propose when a quorum is there, and found only when chosen, confirmed and alone."""
from join.decree import give_up, propose
from join.joining import joinable
from join.knowledge import epoch_of, is_two_way, member_like
from join.model import State, Value
from join.outputs import StartK3s
from join.scanning import look_after
from join.timing import CONFIRMED, NEVER, SETTLE, START_WITHIN
from join.turn import Turn, persist_member
from join.waiting import ended_early, no_quorum, obstacle


def found(turn: Turn) -> None:
    """One step towards a founding, if nothing blocks it."""
    state = turn.state
    give_up(turn)
    reason = obstacle(state, turn.now) or no_quorum(state, turn.now)
    state.eligible = not reason
    state.reason = reason
    if reason:
        state.quorum_since = NEVER
        if state.round is not None and not state.round.chosen:
            state.round = None
        return
    if state.quorum_since == NEVER:
        state.quorum_since = turn.now
    if state.chosen == Value(state.config.name, state.uuid):
        _found_as_chosen(turn)
    elif state.round is None and turn.reached(propose_time(state, turn.now)):
        propose(turn)


def propose_time(state: State, now: float) -> float:
    """After a settle time with a quorum; two more while peers are online that rank before this node."""
    at = state.quorum_since + SETTLE + state.patience
    if state.scanned < state.quorum_since:
        at = max(at, state.scan_asked + SETTLE)
    for peer in state.peers.values():
        if peer.name < state.config.name and peer.hello.eligible and is_two_way(peer, now):
            at += 2 * SETTLE
            break
    return max(at, state.propose_at)


def is_confirmed(state: State, now: float) -> bool:
    """Whether a quorum chose us as the founder in a round so recent that k3s will start within 60 s of its
    beginning."""
    current = state.round
    return (
        current is not None and current.chosen
        and current.value == Value(state.config.name, state.uuid)
        and 0 <= now - current.sent <= CONFIRMED - START_WITHIN)


def has_looked(state: State) -> bool:
    """Whether a scan that was started after the decree was confirmed has been answered."""
    return state.round is not None and state.scanned >= state.round.sent


def _found_as_chosen(turn: Turn) -> None:
    state = turn.state
    if state.failures > 1:
        state.reason = 'k3s is founding the cluster' + ended_early(state)
    if not is_confirmed(state, turn.now):
        if state.round is None or state.round.chosen:
            if turn.reached(state.propose_at):
                propose(turn)
        return
    current = state.round
    assert current is not None
    if not has_looked(state):
        look_after(turn, current.sent)
        turn.wake_at(current.sent + CONFIRMED - START_WITHIN + 0.001)
        return
    if joinable(state) or not turn.reached(state.start_at):
        return
    start(turn)


def start(turn: Turn) -> None:
    """The only place where a cluster is made."""
    state = turn.state
    persist_member(turn, member_like(state, 'founding', None, epoch_of(state)))
    turn.out.append(StartK3s('init', None, None))
    state.just_started = True
    state.k3s, state.k3s_how = 'starting', 'init'
    state.eligible = False
    state.reason = 'k3s is founding the cluster' + (ended_early(state) or '; its etcd does not answer yet')
