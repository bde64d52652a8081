"""A k3s that joins and never becomes ready is restarted.

It may stay up without its etcd forever: 1.21 does if etcd is refused just as it starts. One that was
started with data is left alone: its etcd waits for a majority for as long as the others are off.
"""
from join.model import State
from join.outputs import StopK3s
from join.timing import NEVER, READY_WITHIN
from join.turn import Turn

DOUBLED = 3
"""So many times the limit doubles: what is merely slow gets there in the end."""


def expect(state: State, now: float) -> None:
    """A k3s without data was started, or its etcd has just answered although it is not ready."""
    state.ready_by = now + patience(state)


def patience(state: State) -> float:
    return READY_WITHIN * 2.0 ** min(state.overdue, DOUBLED)


def stop_overdue(turn: Turn) -> None:
    """Says so at once, however recent the previous sentence is: a moment later the node waits for
    something else."""
    state = turn.state
    if state.k3s != 'starting' or not turn.reached(state.ready_by):
        return
    turn.out.append(StopK3s())
    agent = state.config.role == 'agent'
    state.reason = (
        'k3s has been joining for %d minutes, and %s does not answer; restarting it'
        ' (see journalctl -u %s)' % (
            patience(state) // 60, 'the kubelet' if agent else 'its etcd', 'k3s-agent' if agent else 'k3s'))
    state.said_at = -NEVER
    state.k3s = 'stopping'
    state.overdue += 1
    state.ready_by = NEVER
