"""When two clusters exist: which exception (exceptions.py) covers that, if any does.

The argument is that of Paxos, by ballots and not by time. Of two decrees that were both chosen, the one
of the lower ballot has voters; the first proposal of a higher ballot with another founder has promises.
The two share a name in every set that both needed. Whoever is there with the same STATE in both has
accepted the one before it promised the other, and must have said so. So all of them have another STATE
now, or the machines needed no set in common, or a rule is broken.
"""
from typing import Dict, List, NamedTuple, Optional, Tuple, Union

from join.model import Ballot
from join.quorum import Sets, majority


class Founding(NamedTuple):
    """What was true when a cluster was ordered to be made."""

    name: str
    uuid: str
    epoch: int
    at: float
    ballot: Ballot
    """Of the round that allowed it,"""
    confirmed: float
    """when that began,"""
    voters: Dict[str, str]
    """and its quorum: name → STATE UUID."""
    sets: Sets
    servers: Tuple[str, ...]
    quorum: Union[str, int]
    abandoned: bool
    """Whether its inventory abandoned anybody."""
    saw_server: bool
    """A server of the epoch answered all the time since the round began, in reach."""
    latched: bool
    told: bool
    """In this life it was told of a cluster of its epoch or a later one."""


class Proposal(NamedTuple):
    """An Accept that was sent to all."""

    ballot: Ballot
    founder: str
    """STATE UUID."""
    promises: Dict[str, str]
    """Name → STATE UUID of the quorum that allowed it."""
    sets: Sets


class Operated(NamedTuple):
    """What the operator did at his own risk (design section 6)."""

    reopened: bool
    """A latch was opened again within its epoch, which clears the sets."""
    lied: bool
    """`build --never-booted` was used for sets that machines had."""


def excuse(old: Founding, new: Founding, proposals: List[Proposal], operated: Operated) -> Optional[str]:
    """The exception that covers two clusters of one epoch; `proposals` are all of that epoch."""
    if old.uuid == new.uuid:
        return None
    if any(is_below_majority(one.quorum, one.servers) for one in (old, new)):
        return 'i-know'
    first, second = (old, new) if old.ballot < new.ballot else (new, old)
    rivals = [one for one in proposals if one.ballot > first.ballot and one.founder != first.uuid]
    if not rivals:
        return None
    rival = min(rivals, key=lambda one: one.ballot)
    return _why_nobody_knew(first.voters, first.sets, rival.promises, rival.sets, operated)


def excuse_of_old_epoch(later: Founding, new: Founding, operated: Operated) -> Optional[str]:
    """The exception that covers a founding of an epoch that was over when it was confirmed."""
    if any(is_below_majority(one.quorum, one.servers) for one in (later, new)):
        return 'i-know'
    why = _why_nobody_knew(later.voters, later.sets, new.voters, new.sets, operated)
    return 'abandoned-are-alive' if why is None and later.abandoned and not _shared(later.sets, new.sets) else why


def _why_nobody_knew(
    voters: Dict[str, str], sets: Sets, others: Dict[str, str], other_sets: Sets, operated: Operated,
) -> Optional[str]:
    shared = _shared(sets, other_sets)
    if not shared:
        if operated.reopened:
            return 'latch-reopened'
        return 'never-booted' if operated.lied else None
    for one in shared:
        met = [name for name in one if name in voters and name in others]
        if not met or any(voters[name] == others[name] for name in met):
            return None
    return 'voters-lost-their-disks'


def _shared(sets: Sets, others: Sets) -> List[Tuple[str, ...]]:
    return [one for one in sets if one in others]


def is_below_majority(quorum: Union[str, int], servers: Tuple[str, ...]) -> bool:
    """Whether two decrees of one inventory may go through: neither safe nor sure to end."""
    return isinstance(quorum, int) and quorum < majority(len(servers))
