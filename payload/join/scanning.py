"""Asking the shell to look for servers on port 6443, and what it found."""
from join.inputs import Scanned
from join.knowledge import trusted
from join.outputs import Scan
from join.timing import NEVER, SCAN_EVERY, SCAN_LOST
from join.turn import Turn


def look(turn: Turn) -> None:
    """Scans when the last one is old."""
    state = turn.state
    if turn.reached(state.scan_asked + (SCAN_LOST if state.scanning else SCAN_EVERY)):
        scan(turn)


def look_after(turn: Turn, at: float) -> None:
    """Scans unless one was requested at that time or later."""
    if turn.state.scan_asked < at:
        scan(turn)


def scan(turn: Turn) -> None:
    state = turn.state
    state.scan_asked, state.scanning = turn.now, True
    addresses = tuple(sorted({*(peer.address for peer in state.peers.values()), *state.told_servers}))
    turn.out.append(Scan(tuple(sorted(trusted(state))), addresses))
    turn.wake_at(turn.now + SCAN_EVERY)


def scanned(turn: Turn, answer: Scanned) -> None:
    """Takes the answer to the newest scan."""
    state = turn.state
    if not state.scanning:
        return
    state.scanning = False
    state.scanned = state.scan_asked
    state.servers = answer.servers


def forget_scan(turn: Turn) -> None:
    """The results can no longer be relied on; look again at once."""
    state = turn.state
    state.servers, state.scanned, state.scan_asked = (), -NEVER, -NEVER
