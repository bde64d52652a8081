"""How many votes a decree needs of each published set (design section 6)."""
from functools import lru_cache
from typing import Collection, List, Sequence, Tuple, Union

Quorum = Union[str, int]
Sets = Tuple[Tuple[str, ...], ...]


def majority(count: int) -> int:
    return count // 2 + 1


def needed(count: int, quorum: Quorum, own: bool) -> int:
    """Votes needed from a set of `count`.

    A number applies to the inventory's own set, where one below the majority has been confirmed with
    `i_know`; sets of older inventories always need at least a majority.
    """
    if quorum == 'all':
        return count
    if quorum == 'safe':
        return min(count, (count + 1) // 2 + 1)
    if isinstance(quorum, int):
        return min(count, quorum if own else max(quorum, majority(count)))
    return majority(count)


@lru_cache(maxsize=64)
def needed_of_each(sets: Sets, own: Tuple[str, ...], quorum: Quorum) -> Tuple[int, ...]:
    """Votes needed of each set, in their order; `own` is the set of the node's own inventory."""
    return tuple(needed(len(members), quorum, is_own(members, own)) for members in sets)


def is_quorum(names: Collection[str], sets: Sets, own: Tuple[str, ...], quorum: Quorum) -> bool:
    """Whether these voters are enough in each set; without any set they never are."""
    if not sets:
        return False
    for members, need in zip(sets, needed_of_each(sets, own, quorum)):
        for name in members:
            if name in names:
                need -= 1
        if need > 0:
            return False
    return True


def missing(
    names: Collection[str], sets: Sets, own: Tuple[str, ...], quorum: Quorum,
) -> List[Tuple[int, int, List[str]]]:
    """Of each set that lacks votes: votes there, votes needed, who could give them."""
    lacking = []
    for members, need in zip(sets, needed_of_each(sets, own, quorum)):
        absent = [name for name in members if name not in names]
        there = len(members) - len(absent)
        if there < need:
            lacking.append((there, need, absent))
    return lacking


def is_own(members: Sequence[str], own: Sequence[str]) -> bool:
    """Whether a set is the one of the node's own inventory."""
    return len(members) == len(own) and all(name in own for name in members)
