"""What to do with the secrets that Genesis offers, by what this node has already. Pure."""
from typing import NamedTuple, Optional, Sequence

from enroll.held import Held
from trust.proof import agent_key, proves


class Node(NamedTuple):
    """Who this node is, by its seed."""

    name: str
    role: str


class Kept(NamedTuple):
    """What STATE has."""

    used: Optional[Held]
    staged: Optional[Held]
    """A newer set, not used yet."""
    previous: Optional[Held] = None
    """The one that was used before."""


class Verdict(NamedTuple):
    """`use`, `stage` and `fault` exclude each other."""

    use: Optional[Held] = None
    """Becomes secrets.json."""
    stage: Optional[Held] = None
    """Becomes secrets.staged.json."""
    unstage: bool = False
    """Genesis' newest set is the one in use: what is staged is out of date."""
    fault: Optional[str] = None
    """Why nothing is done."""


def is_genuine(used: Held, name: str, proofs: Sequence[str], nonce: str, tag: str) -> bool:
    """Whether whoever sealed this knows our secrets. Our key is tried as it is and as the servers' key that an agent's
    is derived from: nodes of version 1 have the servers' key in either role."""
    own = used.peer_key.encode()
    keys = (own, agent_key(own, name))
    return any(proves(one, key, 'enroll', nonce, tag) for one in proofs for key in keys)


def decide(node: Node, kept: Kept, offered: Held, fresh: bool) -> Verdict:
    """`offered` is proved genuine if the node has secrets. `fresh`: it answers our nonce, so Genesis says it now."""
    strange = _strange(node, offered)
    if strange is not None:
        return Verdict(fault=strange)
    is_newest = fresh and kept.staged is not None
    if kept.used is None or _completes(node, kept.used, offered):
        return Verdict(use=offered, unstage=is_newest)
    if kept.used == offered:
        return Verdict(unstage=is_newest)
    if kept.used.set == offered.set:
        return Verdict(fault='it has other secrets under the id of those in use here')
    return Verdict() if kept.staged == offered else Verdict(stage=offered)


def forgets_previous(kept: Kept, sets: Optional[Sequence[str]], fresh: bool) -> bool:
    """Whether nobody works with the previous set any more. `sets`: ids of the sets that Genesis keeps, newest first,
    from inside the seal; None where it does not say."""
    if kept.previous is None or not fresh or not sets:
        return False
    # One of version 1 has no id; it came before all that have one.
    return len(sets) == 1 if kept.previous.set is None else kept.previous.set not in sets


def _strange(node: Node, offered: Held) -> Optional[str]:
    if offered.version != 2:
        return 'these are secrets of an older version'
    if offered.name != node.name:
        return 'these are the secrets of another node'
    if offered.role != node.role:
        return f'these are secrets for the role {offered.role}, and this node has the role {node.role}'
    return None


def _completes(node: Node, used: Held, offered: Held) -> bool:
    """Whether it is the set in use, in version 2 for the first time or for another role."""
    if used.version == 2 and (used.set != offered.set or used.role == offered.role):
        return False
    ours, theirs = used.peer_key.encode(), offered.peer_key.encode()
    if offered.role == 'agent':
        return agent_key(ours, node.name) == theirs
    if used.role == 'agent':
        return agent_key(theirs, node.name) == ours
    return used.token == offered.token and ours == theirs
