"""How many votes a decree needs of each published set (design section 6)."""
from typing import Collection, List, Sequence, Tuple, Union

Quorum = Union[str, int]


def majority(count: int) -> int:
    return count // 2 + 1


def needed(count: int, quorum: Quorum, own: bool) -> int:
    """Votes out of a set of `count`.

    A number holds for the inventory's own set, where one below the majority has been confirmed with
    `i_know`; of the sets of older inventories at least a majority is needed whatever is said.
    """
    if quorum == 'all':
        return count
    if quorum == 'safe':
        return min(count, (count + 1) // 2 + 1)
    if isinstance(quorum, int):
        return min(count, quorum if own else max(quorum, majority(count)))
    return majority(count)


def is_quorum(
    names: Collection[str], sets: Sequence[Tuple[str, ...]], own: Sequence[str], quorum: Quorum,
) -> bool:
    """Whether these voters are enough in each set; of no set at all they never are."""
    if not sets:
        return False
    for members in sets:
        votes = 0
        for name in members:
            if name in names:
                votes += 1
        if votes < needed(len(members), quorum, is_own(members, own)):
            return False
    return True


def missing(
    names: Collection[str], sets: Sequence[Tuple[str, ...]], own: Sequence[str], quorum: Quorum,
) -> List[Tuple[int, int, List[str]]]:
    """Of each set that lacks votes: votes there, votes needed, who could give them."""
    lacking = []
    for members in sets:
        absent = [name for name in members if name not in names]
        need = needed(len(members), quorum, is_own(members, own))
        if len(members) - len(absent) < need:
            lacking.append((len(members) - len(absent), need, absent))
    return lacking


def is_own(members: Sequence[str], own: Sequence[str]) -> bool:
    """Whether a set is the one of the node's own inventory."""
    return len(members) == len(own) and all(name in own for name in members)
