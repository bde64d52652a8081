"""Everything that design section 6 cannot exclude: how more than one cluster can arise although no rule is
broken. Each with the history that shows it. This is the only list; `foundings.py` says when one applies.
"""
from typing import Callable, Dict, NamedTuple, Union

from simulate.stage import LONG, Stage


class Allowed(NamedTuple):
    what: str
    """What has to happen, in plain words."""
    instead: str
    """What keeps it from happening."""
    nodes: int
    play: Callable[[Stage], None]
    """Two clusters in one history."""
    quorum: Union[str, int] = 'majority'
    servers: int = 0
    """How many the first inventory names; 0: all."""


def voters_lost_their_disks(stage: Stage) -> None:
    stage.found_and_go_dark(1, 2)
    stage.blank(2)
    stage.on(2, 3)
    stage.run(LONG)


def below_majority(stage: Stage) -> None:
    stage.cut((1, 2, 3))
    stage.on(1, 2, 3)
    stage.run(LONG)


def latch_reopened(stage: Stage) -> None:
    stage.found_and_go_dark(1)
    operator = stage.world.operator
    operator.change(founded=True)
    operator.change(servers=('n1', 'n2', 'n3'))
    operator.change(founded=False)
    stage.on(2, 3)
    stage.run(LONG)


def never_booted(stage: Stage) -> None:
    stage.found_and_go_dark(1)
    stage.world.operator.change(servers=('n1', 'n2', 'n3'))
    stage.world.operator.say_never_booted()
    stage.on(2, 3)
    stage.run(LONG)


def abandoned_are_alive(stage: Stage) -> None:
    stage.on(1, 2)
    stage.run(1.0)
    stage.off(1, 2)
    stage.world.operator.change(
        epoch=2, servers=('n3', 'n4', 'n5'), abandon=frozenset(('n1', 'n2')))
    stage.found_and_go_dark(3, 4)
    for number in (1, 2):
        stage.on(number, from_network=False)
    stage.run(LONG)


EXCEPTIONS: Dict[str, Allowed] = {
    'voters-lost-their-disks': Allowed(
        'between the founding and the first join, so many voters lose their disks that no majority is left'
        ' that remembers, and the founder is offline',
        '`quorum: safe` (one lost disk), `all`; the latch: `founded: true`, or Genesis that was reached',
        3, voters_lost_their_disks),
    'i-know': Allowed(
        '`quorum` is a number below the majority, with `i_know: true`',
        'a majority', 3, below_majority, quorum=1),
    'latch-reopened': Allowed(
        '`founded: true`, which forgets the published sets, is taken back in the same epoch',
        'a new `epoch` instead', 3, latch_reopened, servers=1),
    'never-booted': Allowed(
        '`build --never-booted` is used for machines that did boot',
        'not using it', 3, never_booted, servers=1),
    'abandoned-are-alive': Allowed(
        'a new epoch abandons servers that are not gone, and they start from their disks, a majority of the'
        ' old set, before they hear of it; they stop when they do',
        'abandoning only what is gone for good', 5, abandoned_are_alive, servers=3),
}
